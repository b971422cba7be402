/** Keeps the history of equity: looks at every running account now and then, beside its trading, and stores what changed. */

import { Periodic } from '../../process/periodic.ts';
import type { Log } from '../../process/log.ts';
import type { EquityStore, SeenEquity } from './equity-store.ts';

/** A few times a minute, so that the last look at a minute is near its end. */
const LOOK_EVERY_MS = 10_000;

export interface EquityRecorderDependencies {
  readonly store: EquityStore;
  /** The accounts that run here and can be valued at the moment. */
  readonly seen: () => readonly SeenEquity[];
  readonly log: Pick<Log, 'warn'>;
}

/** Stores one point a minute and one an hour for each account whose equity changed. */
export class EquityRecorder {
  readonly #dependencies: EquityRecorderDependencies;
  readonly #looking: Periodic;
  #recorded: ReadonlyMap<string, SeenEquity> = new Map();

  constructor(dependencies: EquityRecorderDependencies) {
    this.#dependencies = dependencies;
    this.#looking = new Periodic({
      everyMs: LOOK_EVERY_MS,
      work: () => this.record(),
      onFailure: (error) =>
        dependencies.log.warn({ err: error }, 'the equity of accounts was not stored; trying again'),
    });
  }

  start(): void {
    this.#looking.start();
  }

  async stop(): Promise<void> {
    await this.#looking.stop();
  }

  /** Stores what changed since the last time, in one statement. */
  async record(): Promise<void> {
    const { store, seen } = this.#dependencies;
    const now = seen();
    const changed = now.filter((one) => isChanged(one, this.#recorded.get(one.accountId)));
    if (changed.length > 0) await store.record(changed);
    const before = this.#recorded;
    this.#recorded = new Map(
      now.map((one) => [one.accountId, changed.includes(one) ? one : (before.get(one.accountId) ?? one)]),
    );
  }
}

function isChanged({ snapshot }: SeenEquity, before: SeenEquity | undefined): boolean {
  return before?.snapshot.balance !== snapshot.balance || before.snapshot.nav !== snapshot.nav;
}
