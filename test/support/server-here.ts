/** The whole server in the test's own process, where the process is not what is tested: a start costs a third of one. */
import { readConfig } from '../../src/server/config.ts';
import { createLog } from '../../src/server/log.ts';
import { project as ownProject } from '../../src/server/schema.ts';
import { serveUntilEnded } from '../../src/server/serve.ts';
import { ERROR } from './server-process.ts';
import type { Ended } from './processes.ts';
import type { ServerPace } from '../../src/server/compose.ts';
import type { LogLine } from './server-process.ts';

/** One server, as {@link ServerProcess} but for signals and what only a process has. Disposing of it stops it unless it has ended. */
export class ServerHere implements AsyncDisposable {
  /** Resolves when it has ended; its words on standard error are Node's warnings meanwhile. */
  readonly ended: Promise<Ended>;
  /** Resolves with the address as soon as the port answers; rejects when it ends before. */
  readonly listening: Promise<string>;
  /** Resolves with the address when requests are answered; rejects when it ends before. */
  readonly ready: Promise<string>;
  readonly #stopping = new AbortController();
  readonly #lines: LogLine[] = [];

  /** Starts it with these settings and no others; the port is a free one unless they name it. A folder is another version's migrations. */
  constructor(settings: Readonly<Record<string, string>>, folder = ownProject.folder, pace: ServerPace = {}) {
    const [listening, ready] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    this.listening = listening.promise;
    this.ready = ready.promise;
    let [stdout, stderr] = ['', ''];
    const onWarning = ({ stack }: Error): void => void (stderr += stack);
    process.on('warning', onWarning);
    const write = (text: string): void => {
      stdout += text;
      const line: LogLine = JSON.parse(text);
      this.#lines.push(line);
      const address = /listening at (http:\S+)/.exec(line.msg)?.[1];
      if (address !== undefined) listening.resolve(address);
      if (line.msg === 'ready') ready.resolve(String(line['address']));
    };
    const config = readConfig({ PORT: '0', ...settings });
    const log = createLog({ level: config.LOG_LEVEL, stream: { write } });
    const project = { ...ownProject, folder };
    this.ended = serveUntilEnded(config, { log, signal: this.#stopping.signal, project, pace }).then(
      (code) => {
        const error = new Error(`The server ended with ${code}:\n${stdout}`);
        listening.reject(error);
        ready.reject(error);
        process.off('warning', onWarning);
        return { code, stdout, stderr };
      },
    );
    // Anyone who does not wait for one of them is not concerned by its absence.
    for (const promise of [this.listening, this.ready]) promise.catch(() => undefined);
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

  /** Asks it to stop, as a first signal does; returns how it ended when it has. */
  async stop(): Promise<Ended> {
    this.#stopping.abort();
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
