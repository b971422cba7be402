/** The server of the drill, which lives many times, and PostgreSQL below it. */
import { join } from 'node:path';
import { ServerCopy } from '../server-copy.ts';
import type { Version } from '../version-folder.ts';

const HERE: Version = { name: 'this checkout', folder: join(import.meta.dirname, '../../..') };

export class ServerLives implements AsyncDisposable {
  readonly errors: string[] = [];
  readonly #settings: Readonly<Record<string, string>>;
  #copy: ServerCopy | undefined;

  constructor(settings: Readonly<Record<string, string>>) {
    this.#settings = settings;
  }

  /** Starts it; its address comes when it is ready, or not at all when it ends before. */
  begin(): Promise<string> {
    this.#copy = new ServerCopy(HERE, this.#settings);
    return this.#copy.ready;
  }

  /** Ends it with SIGKILL. */
  async end(): Promise<void> {
    await this.#copy?.kill();
    this.errors.push(...(this.#copy?.errors ?? []));
    this.#copy = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }
}
