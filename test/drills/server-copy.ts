/** A copy of the server of some version, as a supervisor runs it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { baseEnvironment } from './version-folder.ts';
import type { Version } from './version-folder.ts';

/** A line of its log. */
interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

const ERROR = 50;

export class ServerCopy implements AsyncDisposable {
  readonly version: Version;
  readonly lines: LogLine[] = [];
  /** Resolves with its address when it is ready; rejects when it ends before. */
  readonly ready: Promise<string>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #rest = '';

  /** Starts it with these settings and no others, on a free port. */
  constructor(
    version: Version,
    environment: Readonly<Record<string, string>>,
    program: readonly string[] = ['src/main.ts'],
  ) {
    this.version = version;
    const child = spawn(process.execPath, program, {
      cwd: version.folder,
      env: { ...baseEnvironment(), PORT: '0', ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    const ready = Promise.withResolvers<string>();
    this.ready = ready.promise;
    this.ready.catch(() => undefined);
    let said = '';
    // It may have ended before it is spoken to.
    child.stdin.on('error', () => undefined);
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(-20_000);
      for (const line of this.#takeLines(text))
        if (line.msg === 'ready') ready.resolve(String(line['address']));
    });
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => {
        ready.reject(new Error(`A copy of ${version.name} ended with ${code}:\n${said}`));
        resolve(code);
      });
    });
  }

  /** What a person must look at. */
  get errors(): readonly string[] {
    return this.lines
      .filter(({ level }) => level >= ERROR)
      .map((line) => `${this.version.name}: ${line.msg} ${JSON.stringify(line['err'] ?? {}).slice(0, 300)}`);
  }

  /** Writes a line to a program that waits for one. */
  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Stops it; resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }

  /** Ends it at once, as a power cut does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #takeLines(text: string): LogLine[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    const parsed = lines.filter((line) => line.startsWith('{')).map((line): LogLine => JSON.parse(line));
    this.lines.push(...parsed);
    return parsed;
  }
}
