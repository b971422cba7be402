/** A process that answers HTTP on a port, and what its answers cost it. */

import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { startNode } from './processes.ts';
import type { ChildProcess } from 'node:child_process';
import type { IncomingHttpHeaders } from 'node:http';

const CONNECTIONS = 8;
const DEADLINE_MS = 60_000;

/** A request. */
export interface Asked {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly token?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Its answer. */
interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A process that answers on a port. */
export class Answerer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  static async start(
    args: readonly string[],
    { ready, ...settings }: Readonly<Record<string, string>>,
  ): Promise<Answerer> {
    const port = await freePort();
    const answerer = new Answerer(startNode(args, { ...settings, PORT: String(port) }), port);
    const deadline = performance.now() + DEADLINE_MS;
    while (performance.now() < deadline) {
      const status = await answerer.ask({ method: 'GET', path: ready ?? '/' }).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 200) return answerer;
      await sleep(50);
    }
    throw new Error('A process of the benchmark did not become ready.');
  }

  ask({ method, path, token, body, headers: further }: Asked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        }),
        ...further,
      };
      const sent = request(
        { host: '127.0.0.1', port: this.#port, agent: this.#agent, method, path, headers },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part: string) => (text += part));
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Waits, and returns the microseconds of processor that the process takes in a millisecond although no one asks it anything. */
  async idle(ms: number): Promise<number> {
    const before = this.#processorUs();
    await sleep(ms);
    return (this.#processorUs() - before) / ms;
  }

  /**
   * Sends so many requests, some at a time, and returns the microseconds of processor that each took, without what the process takes
   * in that time anyway: `idle` in a millisecond.
   */
  async cost(count: number, next: (index: number) => Asked, atOnce = CONNECTIONS, idle = 0): Promise<number> {
    const before = this.#processorUs();
    const startedAt = performance.now();
    let index = 0;
    const work = async (): Promise<void> => {
      while (index < count) {
        const asked = next(index);
        index += 1;
        const { status, text } = await this.ask(asked);
        if (status >= 300) throw new Error(`${asked.method} ${asked.path} was answered ${status}: ${text}`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    const elapsedMs = performance.now() - startedAt;
    return (this.#processorUs() - before - idle * elapsedMs) / count;
  }

  /** Lets it end by itself, so that a profile of it is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }

  /** The microseconds of processor so far, of all threads that it has. Source: the kernel's scheduler/sched-stats.rst. */
  #processorUs(): number {
    const threads = `/proc/${this.#child.pid}/task`;
    const nanoseconds = readdirSync(threads).map((thread) =>
      Number.parseInt(readFileSync(`${threads}/${thread}/schedstat`, 'utf8'), 10),
    );
    return nanoseconds.reduce((sum, ofThread) => sum + ofThread, 0) / 1_000;
  }
}
