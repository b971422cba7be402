/** The journal's one reader in this process: entries are delivered once, in journal order, soon after they were committed. */

import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../core/shared/assert.ts';
import { backoffDelayMs } from '../core/shared/backoff.ts';
import { JOURNAL_START } from './journal-store.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type {
  JournalCursor,
  JournalFilter,
  JournalPage,
  JournalStore,
  StoredJournalEntry,
} from './journal-store.ts';

export type { StoredJournalEntry };

/** Other processes write too, and nobody pokes us about that. */
const POLL_EVERY_MS = 1_000;
/** Entries come in bursts: a fill is several. One look serves all that are committed within this time. */
const DEBOUNCE_MS = 3;
/** An older transaction still runs, so newer entries cannot be read yet: most transactions end within milliseconds. */
const LOOK_AGAIN = { firstMs: 20, longestMs: POLL_EVERY_MS };
/** Entries in memory at once; a reader that was away reads on page by page. */
const BATCH = 1_000;

/** Hears of entries, in journal order. Called synchronously; it must not throw and should only queue. */
export type JournalListener = (entries: readonly StoredJournalEntry[]) => void;

/** What the journal works with. */
export interface JournalDependencies {
  readonly store: JournalStore;
  readonly log: { warn(fields: object, message: string): void };
}

/** Appends facts, and tells listeners what anybody appended. */
export class Journal {
  readonly #store: JournalStore;
  readonly #log: JournalDependencies['log'];
  readonly #listeners = new Set<JournalListener>();
  #cursor: JournalCursor = JOURNAL_START;
  #running: Promise<void> | undefined;
  #isStopping = false;
  #isPoked = false;
  #isFailing = false;
  /** Ends the pause between two looks. */
  #wake: (() => void) | undefined;

  constructor({ store, log }: JournalDependencies) {
    this.#store = store;
    this.#log = log;
  }

  /** Records a fact in a transaction of its own. */
  async record(entry: JournalEntry): Promise<void> {
    await this.#store.append(entry);
    this.poke();
  }

  /** Something was committed: looks at once instead of at the next poll. */
  poke(): void {
    this.#isPoked = true;
    this.#wake?.();
  }

  /** Tells `listener` of what comes from now on, until the returned function is called. */
  subscribe(listener: JournalListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts to deliver what is committed from now on. */
  async start(): Promise<void> {
    assert(this.#running === undefined, 'the journal is started once');
    this.#cursor = await this.#store.latestCursor();
    this.#running = this.#run();
  }

  /** Delivers nothing more; resolves when the last look has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#wake?.();
    await this.#running;
  }

  /** Entries after the one with this number, or from the first, in journal order. Entries that cannot be read yet are not among them. */
  async readAfter(
    sequence: number | undefined,
    filter: JournalFilter,
    limit: number,
  ): Promise<readonly StoredJournalEntry[]> {
    const place = sequence === undefined ? JOURNAL_START : await this.placeOf(sequence);
    return (await this.pageAfter(place, filter, limit)).entries;
  }

  /** The place of the entry with this number. */
  placeOf(sequence: number): Promise<JournalCursor> {
    return this.#store.cursorAt(sequence);
  }

  /** Entries after a place, and the place of the last of them. */
  pageAfter(place: JournalCursor, filter: JournalFilter, limit: number): Promise<JournalPage> {
    return this.#store.readAfter(place, filter, limit);
  }

  async #run(): Promise<void> {
    let vainLooks = 0;
    while (!this.#isStopping) {
      this.#isPoked = false;
      vainLooks = (await this.#tryToLook()) ? 0 : vainLooks + 1;
      await this.#pauseUntilPoked(
        vainLooks === 0 ? POLL_EVERY_MS : backoffDelayMs(vainLooks - 1, LOOK_AGAIN, 1),
      );
    }
  }

  async #tryToLook(): Promise<boolean> {
    try {
      const isComplete = await this.#look();
      this.#isFailing = false;
      return isComplete;
    } catch (error) {
      // Nothing is lost: the cursor stands where it stood.
      if (!this.#isFailing) this.#log.warn({ err: error }, 'the journal could not be read; trying again');
      this.#isFailing = true;
      return false;
    }
  }

  /** Delivers all that can be read and returns whether that was all that was committed. */
  async #look(): Promise<boolean> {
    for (;;) {
      const { entries, cursor } = await this.#store.readAfter(this.#cursor, {}, BATCH);
      if (this.#isStopping) return true;
      this.#cursor = cursor;
      if (entries.length > 0) this.#deliver(entries);
      if (entries.length < BATCH) return !(await this.#store.hasAfter(cursor));
    }
  }

  #deliver(entries: readonly StoredJournalEntry[]): void {
    for (const listener of this.#listeners) listener(entries);
  }

  async #pauseUntilPoked(longestMs: number): Promise<void> {
    if (!this.#isPoked && !this.#isStopping) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, longestMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = undefined;
    if (this.#isPoked && !this.#isStopping) await sleep(DEBOUNCE_MS);
  }
}
