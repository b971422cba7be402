/** Old entries of the journal are removed, a few at a time. People and reports read them; accounts are rebuilt from their broker's log. */

import { setTimeout as sleep } from 'node:timers/promises';
import { JOURNAL_CATEGORIES } from '../core/domain/journal-entry.ts';
import type { JournalCategory } from '../core/domain/journal-entry.ts';
import type { JournalRetentionStore } from './journal-retention-store.ts';

/** Numbers that one statement looks at: it takes some ten milliseconds. */
const BATCH = 5_000;
/** Others use the database in between. */
const BETWEEN_BATCHES_MS = 100;
const DAY_MS = 86_400_000;

/** For how many days entries of each category are kept. */
export type JournalDays = Readonly<Record<JournalCategory, number>>;

export interface JournalRetentionParts {
  readonly store: JournalRetentionStore;
  readonly days: () => Promise<JournalDays>;
  readonly clock: () => number;
  /** How many numbers one statement looks at, and how long is waited between two. */
  readonly pace?: { readonly batch: number; readonly pauseMs: number };
}

/** Looks through the journal from its start, as far as entries are old enough; returns how many it removed. */
export async function removeOldEntries(
  { store, days, clock, pace = { batch: BATCH, pauseMs: BETWEEN_BATCHES_MS } }: JournalRetentionParts,
  signal: AbortSignal,
): Promise<number> {
  const kept = await days();
  const now = clock();
  const before = new Map(JOURNAL_CATEGORIES.map((category) => [category, now - kept[category] * DAY_MS]));
  let removed = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    signal.throwIfAborted();
    const batch = await store.removeBatch({
      after,
      batch: pace.batch,
      before,
      now,
    });
    removed += batch.removed;
    after = batch.next;
    if (after !== undefined) await sleep(pace.pauseMs, undefined, { signal });
  }
  return removed;
}
