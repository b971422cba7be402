/** One person's entries from a number on: first the recorded ones, then new ones, without gaps or repetitions. */

import { concerns, isAfter } from './journal-store.ts';
import type { JournalCursor } from './journal-store.ts';
import type { Journal, StoredJournalEntry } from './journal.ts';

/** Entries read at once while catching up: the most, and the fewest. */
const PAGE = { most: 500, fewest: 10 };

/** Who follows, from where, and what is called. None of these may throw. */
export interface FollowerParts {
  readonly journal: Pick<Journal, 'subscribe' | 'pageAfter'>;
  readonly userId: string;
  /** The number of the last entry that is known already; left out, only later entries are delivered. */
  readonly after?: number | undefined;
  /** Returns how many of them, from the first, there was room for. The others are read again when there is room for them. */
  readonly deliver: (entries: readonly StoredJournalEntry[]) => number;
  /** Resolves when there is room for another page; false when the receiver is gone. */
  readonly room: () => Promise<boolean>;
  /** There is no room for so many new entries any more; none, when the last of them is delivered. */
  readonly onBehind?: (entries: number) => void;
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
  /** New entries that there was no room for, and those that came after them; not what was recorded before it began to follow. */
  #behind = 0;
  #isBehind = false;
  #isStopped = false;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
    this.#isCatchingUp = parts.after !== undefined;
    // Subscribed before anything is read: an entry is either readable by then, or received.
    this.#unsubscribe = parts.journal.subscribe((entries) => this.#receive(entries));
    if (parts.after !== undefined) this.#startToCatchUp(parts.after);
  }

  /** Delivers nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe();
  }

  #receive(entries: readonly StoredJournalEntry[]): void {
    const own = entries.filter((entry) => concerns(entry, this.#parts.userId));
    if (this.#isCatchingUp) this.#noteReceived(own);
    else this.#deliverReceived(own);
  }

  #noteReceived(own: readonly StoredJournalEntry[]): void {
    this.#lastReceived = own.at(-1) ?? this.#lastReceived;
    this.#fallBehind(own.length);
  }

  /** By so many more; by fewer than none when some were delivered. */
  #fallBehind(by: number): void {
    if (!this.#isBehind || by === 0) return;
    this.#behind += by;
    this.#parts.onBehind?.(this.#behind);
  }

  #deliverReceived(received: readonly StoredJournalEntry[]): void {
    const readUpTo = this.#readUpTo;
    const fresh = readUpTo ? received.filter((entry) => isAfter(entry, readUpTo)) : received;
    if (fresh.length === 0) return;
    const left = fresh.slice(this.#parts.deliver(fresh));
    const [next] = left;
    if (!next || this.#isStopped) return;
    // They are not kept: a receiver that is behind costs no memory, and the journal has them.
    this.#isBehind = true;
    this.#noteReceived(left);
    this.#startToCatchUp(before(next).sequence);
  }

  #startToCatchUp(after: number): void {
    this.#isCatchingUp = true;
    this.#catchUp(after).catch((error: unknown) => {
      if (!this.#isStopped) this.#parts.onFailure(error);
    });
  }

  async #catchUp(after: number): Promise<void> {
    let place: JournalCursor = { sequence: after };
    let limit = PAGE.most;
    while (await this.#mayContinue()) {
      const { entries, cursor } = await this.#parts.journal.pageAfter(
        place,
        { userId: this.#parts.userId },
        limit,
      );
      if (this.#isStopped) return;
      const delivered = entries.length > 0 ? this.#parts.deliver(entries) : 0;
      this.#fallBehind(-delivered);
      const next = entries[delivered];
      place = next ? before(next) : cursor;
      if (!next && this.#isCaughtUp(cursor) && entries.length < limit) return this.#goLive(cursor);
      // What there is no room for is read again, so a page is at most twice what there was room for.
      limit = Math.min(PAGE.most, Math.max(PAGE.fewest, delivered * 2));
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
    // What was read before it was received is not behind, either.
    this.#fallBehind(-this.#behind);
    this.#isBehind = false;
    // The journal's reader may be behind what was read here: its later entries are compared with this place.
    this.#readUpTo = readUpTo;
  }
}

/** The place before an entry. */
function before({ sequence }: StoredJournalEntry): JournalCursor {
  return { sequence: sequence - 1 };
}
