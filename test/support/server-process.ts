/** The server as a process of its own, as a supervisor sees it: its log, its end, and signals. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { NODE_ENVIRONMENT, NODE_WORDS } from './node-environment.ts';
import type { Ended } from './processes.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

/** A line of the server's log. */
export interface LogLine {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Log levels as they are written. */
export const WARN = 40;
export const ERROR = 50;

/** A setting under which a process that is woken up finds that minutes have passed, which no test has time for. */
export const sleepyClock = {
  NODE_OPTIONS:
    `${NODE_ENVIRONMENT.NODE_OPTIONS} ` +
    '--import=data:text/javascript,' +
    encodeURIComponent(
      'const now=Date.now;let slept=0;Date.now=()=>now()+slept;process.on("SIGUSR2",()=>{slept=200000})',
    ),
};

/** One server process. Disposing of it kills it unless it has ended. */
export class ServerProcess implements AsyncDisposable {
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ended>;
  /** Resolves with the address as soon as the port answers; rejects when the process ends before. */
  readonly listening: Promise<string>;
  /** Resolves with the address when requests are answered; rejects when the process ends before. */
  readonly ready: Promise<string>;
  readonly #child: ChildProcess;
  readonly #lines: LogLine[] = [];
  #rest = '';

  /** Starts it with these settings and no others; the port is a free one unless they name it. What measures memory leaves Node's own measure. */
  constructor(environment: Readonly<Record<string, string>>, words = NODE_WORDS) {
    const child = spawn(process.execPath, [...words, MAIN], {
      env: { PATH: process.env['PATH'], ...NODE_ENVIRONMENT, PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const [listening, ready] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    this.listening = listening.promise;
    this.ready = ready.promise;
    let [stdout, stderr] = ['', ''];
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      for (const line of this.#takeLines(text)) {
        const address = /listening at (http:\S+)/.exec(line.msg)?.[1];
        if (address !== undefined) listening.resolve(address);
        if (line.msg === 'ready') ready.resolve(String(line['address']));
      }
    });
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        const error = new Error(`The server ended with ${code}:\n${stdout}${stderr}`);
        listening.reject(error);
        ready.reject(error);
        resolve({ code, stdout, stderr });
      });
    });
    // Anyone who does not wait for one of them is not concerned by its absence.
    for (const promise of [this.listening, this.ready]) promise.catch(() => undefined);
  }

  /** The process's number. */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('The server did not start.');
    return this.#child.pid;
  }

  /** What it has logged so far. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** What it has logged that a person must look at. */
  get errors(): readonly LogLine[] {
    return this.#lines.filter(({ level }) => level >= ERROR);
  }

  /** The lines with this message. */
  said(message: string): readonly LogLine[] {
    return this.#lines.filter(({ msg }) => msg === message);
  }

  /** Sends a signal; returns how it ended when it has. */
  async kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<Ended> {
    this.#child.kill(signal);
    return this.ended;
  }

  /** Lets it do nothing until it is woken up, as a machine that sleeps does. */
  suspend(): void {
    this.#child.kill('SIGSTOP');
  }

  /** Lets it continue. */
  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** Lets it continue; its clock on the wall has gone on by as much more as {@link sleepyClock} says. */
  wakeUp(): void {
    this.#child.kill('SIGUSR2');
    this.#child.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill('SIGKILL');
  }

  #takeLines(text: string): LogLine[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    const parsed = lines.filter((line) => line.startsWith('{')).map((line): LogLine => JSON.parse(line));
    this.#lines.push(...parsed);
    return parsed;
  }
}
