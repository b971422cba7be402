/** A flood as the drill handles it: prepared, begun, ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ChildProcess } from 'node:child_process';
import type { FloodTask, FromFlood } from './run-flood.ts';

const PROGRAM = fileURLToPath(new URL('run-flood.ts', import.meta.url));
/** Floods come from other machines: this one's processors are the server's first. Threads that collect garbage inherit it. */
const NICENESS = 10;

/** A process of its own: neither its work nor its garbage delays the clock of the one that measures. */
export class FloodProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** Rejects when the process ends before it was asked to. */
  readonly #failed: Promise<never>;

  private constructor(task: FloodTask) {
    const command = [process.execPath, PROGRAM, JSON.stringify(task)] as const;
    this.#child = spawn('nice', ['-n', String(NICENESS), ...command], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.#failed = new Promise((_resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code) => reject(new Error(`The flood ${task.name} ended with ${code}.`)));
    });
    // It is looked at when the next message is waited for.
    this.#failed.catch(() => undefined);
  }

  /** Starts the process; resolves when the flood could begin. */
  static async prepare(task: FloodTask): Promise<FloodProcess> {
    const flood = new FloodProcess(task);
    await flood.#next();
    return flood;
  }

  begin(): void {
    this.#child.send('begin');
  }

  /** Ends the flood; resolves with what it was answered, and how often each, when nothing of it is left. */
  async end(): Promise<ReadonlyMap<string, number>> {
    const answered = this.#next();
    this.#child.send('end');
    const outcomes = await answered;
    if (outcomes === 'prepared') throw new Error('The flood has not begun.');
    return outcomes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Returns the next message; throws when the process has failed. */
  async #next(): Promise<FromFlood> {
    const [message] = await Promise.race([once(this.#child, 'message'), this.#failed]);
    return message;
  }
}
