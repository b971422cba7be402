/** Removes what has expired: sessions and remembered answers that can no longer be used. */

import { Periodic } from '../process/periodic.ts';
import type { Log } from '../process/log.ts';

/** Nothing depends on the moment: what has expired is refused by its date. */
const CLEAN_EVERY_MS = 60 * 60_000;

/** Something that leaves rows behind when it expires; returns how many were removed. */
export interface Expiring {
  removeExpired(): Promise<number>;
}

/** Cleans up at the start and every hour. */
export class ExpiryCleanup {
  readonly #cleaning: Periodic;

  constructor(expiring: readonly Expiring[], log: Pick<Log, 'warn'>) {
    this.#cleaning = new Periodic({
      everyMs: CLEAN_EVERY_MS,
      work: async () => void (await Promise.all(expiring.map((each) => each.removeExpired()))),
      onFailure: (error) =>
        log.warn({ err: error }, 'what has expired was not removed; trying again in an hour'),
    });
  }

  start(): void {
    this.#cleaning.start();
    this.#cleaning.wake();
  }

  async stop(): Promise<void> {
    await this.#cleaning.stop();
  }
}
