/** The journal's one reader in this process: entries are delivered once, in journal order, soon after they were committed. */

import { Listeners } from '../process/listeners.ts';
import { Outage } from '../process/outage.ts';
import { Periodic } from '../process/periodic.ts';
import { backoffDelayMs } from '../core/shared/backoff.ts';
import { JOURNAL_START } from './journal-store.ts';
import type { Log } from '../process/log.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { JournalFilter } from './entry-query-store.ts';
import type { JournalCursor, JournalPage, JournalStore, StoredJournalEntry } from './journal-store.ts';

export type { StoredJournalEntry };

/** Other processes write too, and do not notify this one. */
const POLL_EVERY_MS = 1_000;
/** Entries come in bursts: a fill is several. One look serves all that were committed within this time. */
const DEBOUNCE_MS = 3;
/** While entries come all the time, one look serves those of many orders: each is two statements. */
const REST_MS = 10;
/** Someone is writing, so newer entries cannot be read yet: most transactions end within milliseconds. */
const LOOK_AGAIN = { firstMs: 20, longestMs: POLL_EVERY_MS };
/** Entries in memory at once; a reader that is behind reads page by page. */
const BATCH = 1_000;

/** Receives entries, in journal order. Called synchronously; it must not throw and should only queue. */
export type JournalListener = (entries: readonly StoredJournalEntry[]) => void;

export interface JournalDependencies {
  readonly store: JournalStore;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** Appends entries, and passes on to listeners what any process appended. */
export class Journal {
  readonly #store: JournalStore;
  readonly #log: JournalDependencies['log'];
  readonly #listeners = new Listeners<JournalListener>();
  readonly #looking: Periodic;
  #cursor: JournalCursor = JOURNAL_START;
  readonly #outage = new Outage();
  /** Looks, one after the other, that did not deliver all that was written. */
  #incompleteLooks = 0;

  constructor({ store, log }: JournalDependencies) {
    this.#store = store;
    this.#log = log;
    this.#looking = new Periodic({
      everyMs: POLL_EVERY_MS,
      wakeAfterMs: DEBOUNCE_MS,
      restMs: REST_MS,
      work: () => this.#look(),
      onFailure: (error) => this.#lookFailed(error),
    });
  }

  /** Records an entry in a transaction of its own. */
  async record(entry: JournalEntry): Promise<void> {
    await this.#store.append(entry);
    this.wake();
  }

  /** Something was committed: looks at once instead of at the next poll. */
  wake(): void {
    this.#looking.wake();
  }

  /** Calls `listener` with what comes from now on, until the returned function is called. */
  subscribe(listener: JournalListener): () => void {
    return this.#listeners.add(listener);
  }

  /** Starts to deliver what is committed from now on. */
  async start(): Promise<void> {
    this.#cursor = await this.#store.latestCursor();
    this.#looking.start();
    this.#looking.wake();
  }

  /** Delivers nothing more; resolves when the last look has ended. */
  async stop(): Promise<void> {
    await this.#looking.stop();
  }

  /** Entries after the one with this number, or from the first, in journal order. Entries that cannot be read yet are not among them. */
  async readAfter(
    sequence: number | undefined,
    filter: JournalFilter,
    limit: number,
  ): Promise<readonly StoredJournalEntry[]> {
    const place = sequence === undefined ? JOURNAL_START : { sequence };
    return (await this.pageAfter(place, filter, limit)).entries;
  }

  /** Entries after a place, and the place of the last of them. */
  pageAfter(place: JournalCursor, filter: JournalFilter, limit: number): Promise<JournalPage> {
    return this.#store.readAfter(place, filter, limit);
  }

  /** The place after everything that can be read now. */
  latestPlace(): Promise<JournalCursor> {
    return this.#store.latestCursor();
  }

  async #look(): Promise<number> {
    const isComplete = await this.#readOn();
    this.#outage.end(this.#log, 'the journal is read again');
    return isComplete ? this.#restAfterAll() : this.#restBeforeAgain();
  }

  /** Nothing is lost: the cursor has not moved. */
  #lookFailed(error: unknown): number {
    if (this.#outage.begin()) this.#log.warn({ err: error }, 'the journal could not be read; trying again');
    return this.#restBeforeAgain();
  }

  #restAfterAll(): number {
    this.#incompleteLooks = 0;
    return POLL_EVERY_MS;
  }

  #restBeforeAgain(): number {
    this.#incompleteLooks += 1;
    return backoffDelayMs(this.#incompleteLooks - 1, LOOK_AGAIN, 1);
  }

  /** Delivers all that can be read and returns whether that was all that was written. */
  async #readOn(): Promise<boolean> {
    for (;;) {
      const { entries, cursor, isUpToDate } = await this.#store.readAfter(this.#cursor, {}, BATCH);
      if (this.#looking.isStopped) return true;
      this.#cursor = cursor;
      if (entries.length > 0) this.#deliver(entries);
      if (entries.length < BATCH) return isUpToDate;
    }
  }

  #deliver(entries: readonly StoredJournalEntry[]): void {
    for (const listener of this.#listeners) listener(entries);
  }
}
