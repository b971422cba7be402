/** The copies of the server behind the proxy, and how one version takes the place of another without a request noticing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ServerCopy } from './server-copy.ts';
import type { Backend, LoadBalancer } from './load-balancer.ts';
import type { Version } from './version-folder.ts';

const LOOK_EVERY_MS = 50;
const READY_WITHIN_MS = 120_000;

interface Running {
  readonly copy: ServerCopy;
  readonly backend: Backend;
}

export class Fleet implements AsyncDisposable {
  readonly #balancer: LoadBalancer;
  readonly #environmentOf: (copy: number) => Readonly<Record<string, string>>;
  readonly #all: ServerCopy[] = [];
  #running: Running[] = [];
  #isClosed = false;

  /** `environmentOf` gives the settings of the nth copy that is started. */
  constructor(balancer: LoadBalancer, environmentOf: (copy: number) => Readonly<Record<string, string>>) {
    this.#balancer = balancer;
    this.#environmentOf = environmentOf;
  }

  /** What any copy logged that a person must look at. */
  get errors(): readonly string[] {
    return this.#all.flatMap(({ errors }) => errors);
  }

  /** Lines of any copy's log with this message. */
  said(message: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#all.flatMap(({ lines }) => lines.filter(({ msg }) => msg === message));
  }

  /** Starts one more copy; resolves when it gets requests. */
  async add(version: Version): Promise<void> {
    if (this.#isClosed) throw new Error('The fleet is closed.');
    const copy = new ServerCopy(version, this.#environmentOf(this.#all.length));
    this.#all.push(copy);
    const backend = { version: version.name, address: await copy.ready };
    this.#balancer.add(backend);
    const giveUpAt = performance.now() + READY_WITHIN_MS;
    while (!this.#balancer.hasReady(backend)) {
      if (performance.now() > giveUpAt) throw new Error(`A copy of ${version.name} does not become ready.`);
      await sleep(LOOK_EVERY_MS);
    }
    this.#running.push({ copy, backend });
  }

  /** Lets the copy that has run longest finish what it has, and stops it. */
  async removeOldest(): Promise<void> {
    const [oldest, ...rest] = this.#running;
    if (!oldest) return;
    this.#running = rest;
    await this.#balancer.drain(oldest.backend);
    const code = await oldest.copy.stop();
    if (code !== 0)
      throw new Error(`A copy of ${oldest.backend.version} ended with ${code} when it was stopped.`);
  }

  /** Puts a version in the place of whatever runs, copy by copy; old and new serve beside each other for `besideMs` at a time. */
  async replaceAll(version: Version, besideMs: number): Promise<void> {
    for (let left = this.#running.length; left > 0; left -= 1) {
      await this.add(version);
      await sleep(besideMs);
      await this.removeOldest();
    }
  }

  /** Stops all, as a supervisor does. */
  async stop(): Promise<void> {
    while (this.#running.length > 0) await this.removeOldest();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#all.map((copy) => copy[Symbol.asyncDispose]()));
  }
}
