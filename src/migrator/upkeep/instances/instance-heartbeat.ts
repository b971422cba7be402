/** Tells the other copies of the server, and whoever wants to run a contract, that this copy lives and which version it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance, InstanceStore } from './instance-store.ts';

/** An eighth of the time after which a copy counts as gone. */
const BEAT_EVERY_MS = 15_000;
/** What nobody has seen for a day only fills the table. */
const KEEP_MS = 24 * 60 * 60_000;
/** How often a copy that may not begin yet asks again. */
const ASK_AGAIN_MS = 200;

export interface InstanceHeartbeatParts {
  readonly store: Pick<InstanceStore, 'enter' | 'beat' | 'markStopped' | 'removeUnseenFor'>;
  readonly instance: Instance;
  readonly log: { warn(fields: object, message: string): void };
  /** How often it beats; less often than tests have time for. */
  readonly beatEveryMs?: number;
}

/** Beats until it is stopped. A beat that fails is a warning: trading does not depend on it. */
export class InstanceHeartbeat implements AsyncDisposable {
  readonly #parts: InstanceHeartbeatParts;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();

  constructor(parts: InstanceHeartbeatParts) {
    this.#parts = parts;
  }

  /**
   * Enters this copy and beats from now on; resolves when it is entered, so that nobody serves unseen. While a contract runs
   * it waits: whoever was not seen by that contract must look at the schema after it. Throws when it cannot be entered.
   */
  async start(signal?: AbortSignal): Promise<void> {
    const { store, instance, beatEveryMs = BEAT_EVERY_MS } = this.#parts;
    await this.#enter(signal);
    this.#timer = setInterval(() => this.#next(() => store.beat(instance)), beatEveryMs);
    this.#timer.unref();
    this.#next(async () => void (await store.removeUnseenFor(KEEP_MS)));
    await this.#beating;
  }

  /** Beats no more and says so, so that nobody waits for this copy. */
  async stop(): Promise<void> {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#next(() => this.#parts.store.markStopped(this.#parts.instance.id));
    await this.#beating;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    const { store, instance, log } = this.#parts;
    let entering = await store.enter(instance);
    while (entering === 'contract-runs') {
      await sleep(ASK_AGAIN_MS, undefined, { ...(signal && { signal }) });
      entering = await store.enter(instance);
    }
    if (entering === 'no-table')
      log.warn({}, 'the schema has no table of copies yet: a contract would not see this one');
  }

  /** One after another: a late beat must not undo the last word. */
  #next(tell: () => Promise<void>): void {
    this.#beating = this.#beating.then(tell).catch((error: unknown) => {
      this.#parts.log.warn({ err: error }, 'other copies of the server cannot be told that this one lives');
    });
  }
}
