/** The server of the drill, which lives many times, and PostgreSQL below it. */
import { join } from 'node:path';
import { NODE_ENVIRONMENT, NODE_WORDS } from '../../support/node-environment.ts';
import { present } from '../../../src/core/shared/assert.ts';
import { ServerCopy } from '../server-copy.ts';
import type { Version } from '../version-folder.ts';

const HERE: Version = { name: 'this checkout', folder: join(import.meta.dirname, '../../..') };

const PROGRAM = join(import.meta.dirname, 'server-program.ts');

export class ServerLives implements AsyncDisposable {
  readonly errors: string[] = [];
  readonly #settings: Readonly<Record<string, string>>;
  #copy: ServerCopy | undefined;
  /** The next one reads its code while this one lives; there is none after the last. */
  #next: ServerCopy | undefined;

  constructor(settings: Readonly<Record<string, string>>) {
    this.#settings = settings;
    this.#next = this.#make();
  }

  /** Starts it; its address comes when it is ready, or not at all when it ends before. */
  begin(): Promise<string> {
    const ready = this.beginLast();
    this.#next = this.#make();
    return ready;
  }

  /** Starts the one after which there is no other. */
  beginLast(): Promise<string> {
    const copy = present(this.#next, 'the next life');
    this.#next = undefined;
    this.#copy = copy;
    copy.write('begin');
    return copy.ready;
  }

  /** Ends it with SIGKILL. */
  async end(): Promise<void> {
    await this.#copy?.kill();
    this.errors.push(...(this.#copy?.errors ?? []));
    this.#copy = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#next?.kill();
    await this.end();
  }

  #make(): ServerCopy {
    return new ServerCopy(HERE, { ...NODE_ENVIRONMENT, ...this.#settings }, [...NODE_WORDS, PROGRAM]);
  }
}
