/** Short candles of one instrument in columns, from which all longer ones are made. */

import { present } from '../../../core/shared/assert.ts';

/** Open, high, low and close in points; of the middle price in half points. */
export type Prices = [open: number, high: number, low: number, close: number];

/** Quotes of one span taken together. `volume` is their number. */
export interface CandleSums {
  volume: number;
  readonly bid: Prices;
  readonly ask: Prices;
  readonly twiceMid: Prices;
}

/** One row has the number of quotes, then the four prices of the bid, of the ask, and of bid plus ask. */
const ROW_LENGTH = 13;
const BID = 1;
const ASK = 5;
const TWICE_MID = 9;
const FIRST_CAPACITY = 64;
/** 60 bytes each, for three lengths and some seventy instruments: at most 120 MB. */
const MOST_ROWS = 10_000;
const DROPPED_ROWS = MOST_ROWS / 10;

/** Candles of `lengthMs`, aligned to UTC, in order of time. Spans without a quote have none. When there are too many, the oldest are dropped. */
export class CandleRows {
  readonly #lengthMs: number;
  #length = 0;
  #times = new Float64Array(FIRST_CAPACITY);
  #values = new Int32Array(FIRST_CAPACITY * ROW_LENGTH);

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  /** Adds a quote. One that is late counts in the newest candle: the ones before have been shown as complete. */
  add(at: number, bid: number, ask: number): void {
    const startsAt = Math.floor(at / this.#lengthMs) * this.#lengthMs;
    const newestAt = this.#length === 0 ? -Infinity : (this.#times[this.#length - 1] ?? -Infinity);
    if (startsAt > newestAt) this.#open(startsAt, bid, ask);
    const row = (this.#length - 1) * ROW_LENGTH;
    this.#values[row] = (this.#values[row] ?? 0) + 1;
    this.#take(row + BID, bid);
    this.#take(row + ASK, ask);
    this.#take(row + TWICE_MID, bid + ask);
  }

  /** Calls with the start of each candle (UTC ms) and what is in it, oldest first; the object is the caller's. */
  forEach(visit: (startsAt: number, candle: CandleSums) => void): void {
    for (let index = 0; index < this.#length; index += 1) {
      const row = index * ROW_LENGTH;
      visit(this.#times[index] ?? 0, {
        volume: this.#values[row] ?? 0,
        bid: this.#pricesAt(row + BID),
        ask: this.#pricesAt(row + ASK),
        twiceMid: this.#pricesAt(row + TWICE_MID),
      });
    }
  }

  #open(startsAt: number, bid: number, ask: number): void {
    if (this.#length === MOST_ROWS) this.#dropOldest();
    if (this.#length === this.#times.length) this.#grow();
    const row = this.#length * ROW_LENGTH;
    this.#times[this.#length] = startsAt;
    this.#values[row] = 0;
    this.#values.fill(bid, row + BID, row + ASK);
    this.#values.fill(ask, row + ASK, row + TWICE_MID);
    this.#values.fill(bid + ask, row + TWICE_MID, row + ROW_LENGTH);
    this.#length += 1;
  }

  #take(at: number, price: number): void {
    const values = this.#values;
    if (price > (values[at + 1] ?? 0)) values[at + 1] = price;
    if (price < (values[at + 2] ?? 0)) values[at + 2] = price;
    values[at + 3] = price;
  }

  #pricesAt(at: number): Prices {
    const [open, high, low, close] = this.#values.subarray(at, at + 4);
    return [
      present(open, 'an open'),
      present(high, 'a high'),
      present(low, 'a low'),
      present(close, 'a close'),
    ];
  }

  #grow(): void {
    const capacity = Math.min(this.#times.length * 2, MOST_ROWS);
    const [times, values] = [new Float64Array(capacity), new Int32Array(capacity * ROW_LENGTH)];
    times.set(this.#times);
    values.set(this.#values);
    [this.#times, this.#values] = [times, values];
  }

  #dropOldest(): void {
    this.#times.copyWithin(0, DROPPED_ROWS, this.#length);
    this.#values.copyWithin(0, DROPPED_ROWS * ROW_LENGTH, this.#length * ROW_LENGTH);
    this.#length -= DROPPED_ROWS;
  }
}
