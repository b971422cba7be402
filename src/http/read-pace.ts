/** How fast one person may read: by the rows that they are given, because each is read, put into words and sent by the thread that trades for everyone. */

/** A hundred rows take that thread two milliseconds at most, so one person who reads all the time takes a twentieth of it. */
const ROWS_A_SECOND = 2_500;
/** What may be read before the pace counts: a page with ten lists, three times. */
const ROWS_IN_ADVANCE = 2_000;
/** Each read has a cost besides its rows. */
const ROWS_OF_ANY_READ = 10;
/** Longer answers have shorter rows, such as candles. */
const MOST_ROWS_OF_READ = 1_000;

const MS_OF_ROW = 1_000 / ROWS_A_SECOND;
const ADVANCE_MS = ROWS_IN_ADVANCE * MS_OF_ROW;

/** The pace of one person. Times are ms of any clock. */
export class ReadPace {
  #paidUntil = -Infinity;

  /** Returns how many ms after `now` the next read may begin; 0 when it may begin at once. */
  pauseMs(now: number): number {
    return Math.max(0, this.#paidUntil - ADVANCE_MS - now);
  }

  /** A read gave so many rows. */
  note(rows: number, now: number): void {
    const counted = Math.min(rows, MOST_ROWS_OF_READ) + ROWS_OF_ANY_READ;
    this.#paidUntil = Math.max(this.#paidUntil, now) + counted * MS_OF_ROW;
  }
}

/** Returns how many rows an answer has: as many as its lists. */
export function rowsOf(answer: unknown): number {
  if (typeof answer !== 'object' || answer === null) return 0;
  return Object.values(answer).reduce<number>(
    (sum, value) => sum + (Array.isArray(value) ? value.length : 0),
    0,
  );
}
