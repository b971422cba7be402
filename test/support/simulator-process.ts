/** `manage simulator` as a process of its own, as a person starts it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { NODE_ENVIRONMENT, NODE_WORDS } from './node-environment.ts';
import type { Ended } from './processes.ts';

const MANAGE = join(import.meta.dirname, '../../src/manage.ts');

/** One process. Disposing of it kills it unless it has ended. */
export class SimulatorProcess implements AsyncDisposable {
  /** Resolves with what it says once it is ready; rejects when it ends before. */
  readonly usage: Promise<string>;
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #awaited: { readonly words: RegExp; readonly isThere: () => void }[] = [];
  #stdout = '';

  /** Starts it with these options, on a free port unless they name one, and with these settings and no others. */
  constructor(options: readonly string[] = [], settings: Readonly<Record<string, string>> = {}) {
    const words = options.includes('--port') ? options : ['--port', '0', ...options];
    const child = spawn(process.execPath, [...NODE_WORDS, MANAGE, 'simulator', ...words], {
      env: { PATH: process.env['PATH'], ...NODE_ENVIRONMENT, ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      for (const { words: awaited, isThere } of this.#awaited) if (awaited.test(this.#stdout)) isThere();
    });
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout: this.#stdout, stderr }));
    });
    this.usage = this.says(/ready at [^]*curl .*\n/);
    // Anyone who waits for its end only is not concerned by what it did not say.
    this.usage.catch(() => undefined);
  }

  /** Resolves with all it has said once these words are among it; rejects when it ends before. */
  says(words: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#awaited.push({ words, isThere: () => resolve(this.#stdout) });
      if (words.test(this.#stdout)) resolve(this.#stdout);
      void this.ended.then(({ code, stderr }) =>
        reject(new Error(`The simulator ended with ${code}: ${stderr}`)),
      );
    });
  }

  /** Resolves with its address once it is ready. */
  async url(): Promise<string> {
    return (/ready at (\S+)/.exec(await this.usage) ?? [])[1] ?? '';
  }

  /** Sends a signal; resolves when it has ended. */
  async kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<Ended> {
    this.#child.kill(signal);
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill('SIGKILL');
  }
}
