/** Old entries of the journal are removed, a few at a time. Nothing but people reads them: accounts are rebuilt from their broker's log. */

import { Periodic } from '../process/periodic.ts';
import type { Log } from '../process/log.ts';
import type { JournalRetentionStore } from './journal-retention-store.ts';

/** What is kept for a year or more is not removed to the minute. */
const REMOVE_EVERY_MS = 60 * 60_000;
/** Numbers that one statement looks at: it takes some ten milliseconds. */
const BATCH = 5_000;
/** Others use the database in between. */
const BETWEEN_BATCHES_MS = 100;
const DAY_MS = 86_400_000;

/** For how many days entries are kept. */
export interface JournalDays {
  /** Those about trading and the system. */
  readonly journalDays: number;
  /** Those about security and administration. */
  readonly securityJournalDays: number;
}

export interface JournalRetentionParts {
  readonly store: JournalRetentionStore;
  readonly days: () => Promise<JournalDays>;
  readonly clock: () => number;
  readonly log: Pick<Log, 'warn'>;
}

/** Looks through the journal from its start every hour, as far as entries are old enough. */
export class JournalRetention {
  readonly #parts: JournalRetentionParts;
  readonly #removing: Periodic;
  #after = 0;

  constructor(parts: JournalRetentionParts) {
    this.#parts = parts;
    this.#removing = new Periodic({
      everyMs: REMOVE_EVERY_MS,
      work: async () => ((await this.removeNext()) ? BETWEEN_BATCHES_MS : REMOVE_EVERY_MS),
      onFailure: (error) =>
        parts.log.warn({ err: error }, 'old journal entries were not removed; trying again in an hour'),
    });
  }

  start(): void {
    this.#removing.start();
    this.#removing.wake();
  }

  async stop(): Promise<void> {
    await this.#removing.stop();
  }

  /** Removes what is too old of the next entries; returns whether there may be more behind them. */
  async removeNext(batch = BATCH): Promise<boolean> {
    const { store, days, clock } = this.#parts;
    const { journalDays, securityJournalDays } = await days();
    const now = clock();
    const last = await store.removeBatch({
      after: this.#after,
      batch,
      before: now - journalDays * DAY_MS,
      securityBefore: now - securityJournalDays * DAY_MS,
      now,
    });
    this.#after = last ?? 0;
    return last !== undefined;
  }
}
