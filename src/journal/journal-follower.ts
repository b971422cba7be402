/** One person's entries from a number on: first what is recorded, then what comes, without a gap and without repetition. */

import { concerns, isAfter } from './journal-store.ts';
import type { JournalCursor } from './journal-store.ts';
import type { Journal, StoredJournalEntry } from './journal.ts';

/** Entries read at once while catching up. */
const PAGE = 500;

/** Who follows, from where, and what is called. None of these may throw. */
export interface FollowerParts {
  readonly journal: Pick<Journal, 'subscribe' | 'placeOf' | 'pageAfter'>;
  readonly userId: string;
  /** The number of the last entry that is known already; left out, only what comes from now on is told. */
  readonly after?: number | undefined;
  readonly deliver: (entries: readonly StoredJournalEntry[]) => void;
  /** Resolves when there is room for another page; false when nobody wants one any more. */
  readonly room: () => Promise<boolean>;
  readonly onFailure: (error: unknown) => void;
}

/** Follows the journal for one person. */
export class JournalFollower {
  readonly #parts: FollowerParts;
  readonly #unsubscribe: () => void;
  /** Whether recorded entries are still being read; what is heard meanwhile will be read, too. */
  #isCatchingUp: boolean;
  #lastHeard: StoredJournalEntry | undefined;
  /** The last place that was read from the records: what is heard up to here was told already. */
  #readUpTo: JournalCursor | undefined;
  #isStopped = false;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#isCatchingUp = parts.after !== undefined;
    // Heard from before anything is read: an entry is either readable by then, or heard.
    this.#unsubscribe = parts.journal.subscribe((entries) => this.#hear(entries));
    if (parts.after === undefined) return;
    this.#catchUp(parts.after).catch((error: unknown) => {
      if (!this.#isStopped) parts.onFailure(error);
    });
  }

  /** Tells nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe();
  }

  #hear(entries: readonly StoredJournalEntry[]): void {
    const own = entries.filter((entry) => concerns(entry, this.#parts.userId));
    if (this.#isCatchingUp) this.#lastHeard = own.at(-1) ?? this.#lastHeard;
    else this.#tell(own);
  }

  #tell(heard: readonly StoredJournalEntry[]): void {
    const readUpTo = this.#readUpTo;
    const fresh = readUpTo ? heard.filter((entry) => isAfter(entry, readUpTo)) : heard;
    if (fresh.length > 0) this.#parts.deliver(fresh);
  }

  async #catchUp(after: number): Promise<void> {
    let place = await this.#parts.journal.placeOf(after);
    while (await this.#mayGoOn()) {
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

  async #mayGoOn(): Promise<boolean> {
    return (await this.#parts.room()) && !this.#isStopped;
  }

  /** Whether nothing was heard that was not read. What was heard can be read, so reading on comes to its end. */
  #isCaughtUp(place: JournalCursor): boolean {
    return this.#lastHeard === undefined || !isAfter(this.#lastHeard, place);
  }

  #goLive(readUpTo: JournalCursor): void {
    this.#isCatchingUp = false;
    // The journal's reader may be behind what was read here: what it tells later is held against this place.
    this.#readUpTo = readUpTo;
  }
}
