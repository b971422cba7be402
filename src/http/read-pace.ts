/** How fast one person may read, and all together: by the rows that they are given, because each is read, put into words and sent by the thread that trades for everyone. */

import { WrittenAnswer } from './written-answer.ts';

/** Each read has a cost besides its rows: so many, for each request that it counts as. A minute of nothing but these is the budget of a minute. */
const ROWS_OF_REQUEST = 25;
/** What may be read before the pace counts, as so many ms of it: the lists of a page. */
const ADVANCE_MS = 800;
/** Longer answers have shorter rows, such as candles. */
const MOST_ROWS_OF_READ = 1_000;

/** The pace of one person. Times are ms of any clock. */
export class ReadPace {
  readonly #msOfRow: number;
  readonly #advanceMs: number;
  #paidUntil = -Infinity;

  constructor(rowsASecond: number, advanceMs = ADVANCE_MS) {
    this.#msOfRow = 1_000 / rowsASecond;
    this.#advanceMs = advanceMs;
  }

  /** Returns how many ms after `now` the next read may begin; 0 when it may begin at once. */
  pauseMs(now: number): number {
    return Math.max(0, this.#paidUntil - this.#advanceMs - now);
  }

  /** A read has cost so many rows. */
  note(cost: number, now: number): void {
    this.#paidUntil = Math.max(this.#paidUntil, now) + cost * this.#msOfRow;
  }
}

/** A line in which reads of all people stand, one after the other. Times are ms of any clock. */
export class SharedReadPace {
  readonly #msOfRow: number;
  #takenUntil = -Infinity;

  constructor(rowsASecond: number) {
    this.#msOfRow = 1_000 / rowsASecond;
  }

  /** Takes the next place for a read of that cost, and returns how many ms after `now` it may begin. */
  takePlace(cost: number, now: number): number {
    const begin = Math.max(this.#takenUntil, now);
    this.#takenUntil = begin + cost * this.#msOfRow;
    return begin - now;
  }
}

/** Returns the cost of a read, in rows, that counts as so many requests and gave so many rows. */
export function costOfRead({ rows, requests }: { readonly rows: number; readonly requests: number }): number {
  return Math.min(rows, MOST_ROWS_OF_READ) + requests * ROWS_OF_REQUEST;
}

/** Returns how many rows an answer has: as many as its lists. */
export function rowsOf(answer: unknown): number {
  if (typeof answer !== 'object' || answer === null) return 0;
  if (answer instanceof WrittenAnswer) return answer.rows;
  return Object.values(answer).reduce<number>(
    (sum, value) => sum + (Array.isArray(value) ? value.length : 0),
    0,
  );
}
