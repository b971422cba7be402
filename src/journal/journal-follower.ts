/** One person's entries from a number on: first the recorded ones, then new ones, without gaps or repetitions. */

import { concerns, isAfter } from './journal-store.ts';
import type { JournalCursor } from './journal-store.ts';
import type { Journal, StoredJournalEntry } from './journal.ts';

/** Entries read at once while catching up. */
const PAGE = 500;

/** Who follows, from where, and what is called. None of these may throw. */
export interface FollowerParts {
  readonly journal: Pick<Journal, 'subscribe' | 'pageAfter'>;
  readonly userId: string;
  /** The number of the last entry that is known already; left out, only later entries are delivered. */
  readonly after?: number | undefined;
  readonly deliver: (entries: readonly StoredJournalEntry[]) => void;
  /** Resolves when there is room for another page; false when the receiver is gone. */
  readonly room: () => Promise<boolean>;
  readonly onFailure: (error: unknown) => void;
}

/** Follows the journal for one person. */
export class JournalFollower {
  readonly #parts: FollowerParts;
  readonly #unsubscribe: () => void;
  /** Whether recorded entries are still being read; what is received meanwhile will be read, too. */
  #isCatchingUp: boolean;
  #lastReceived: StoredJournalEntry | undefined;
  /** The last place that was read from the records: entries up to here are delivered already. */
  #readUpTo: JournalCursor | undefined;
  #isStopped = false;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#isCatchingUp = parts.after !== undefined;
    // Subscribed before anything is read: an entry is either readable by then, or received.
    this.#unsubscribe = parts.journal.subscribe((entries) => this.#receive(entries));
    if (parts.after === undefined) return;
    this.#catchUp(parts.after).catch((error: unknown) => {
      if (!this.#isStopped) parts.onFailure(error);
    });
  }

  /** Delivers nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe();
  }

  #receive(entries: readonly StoredJournalEntry[]): void {
    const own = entries.filter((entry) => concerns(entry, this.#parts.userId));
    if (this.#isCatchingUp) this.#lastReceived = own.at(-1) ?? this.#lastReceived;
    else this.#deliver(own);
  }

  #deliver(received: readonly StoredJournalEntry[]): void {
    const readUpTo = this.#readUpTo;
    const fresh = readUpTo ? received.filter((entry) => isAfter(entry, readUpTo)) : received;
    if (fresh.length > 0) this.#parts.deliver(fresh);
  }

  async #catchUp(after: number): Promise<void> {
    let place: JournalCursor = { sequence: after };
    while (await this.#mayContinue()) {
      const { entries, cursor } = await this.#parts.journal.pageAfter(
        place,
        { userId: this.#parts.userId },
        PAGE,
      );
      if (this.#isStopped) return;
      place = cursor;
      if (entries.length > 0) this.#parts.deliver(entries);
      if (this.#isCaughtUp(cursor) && entries.length < PAGE) return this.#goLive(cursor);
    }
  }

  async #mayContinue(): Promise<boolean> {
    return (await this.#parts.room()) && !this.#isStopped;
  }

  /** Whether everything received was also read. What is received can be read, so catching up ends. */
  #isCaughtUp(place: JournalCursor): boolean {
    return this.#lastReceived === undefined || !isAfter(this.#lastReceived, place);
  }

  #goLive(readUpTo: JournalCursor): void {
    this.#isCatchingUp = false;
    // The journal's reader may be behind what was read here: its later entries are compared with this place.
    this.#readUpTo = readUpTo;
  }
}
