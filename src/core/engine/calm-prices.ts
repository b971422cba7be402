/**
 * The range of prices at which an observer of the equity keeps nothing. The equity of an account without conversion moves with the prices
 * of its instrument, so what leaves nothing at the worst and at the best quote leaves nothing in between.
 */

import type { CandleRows } from '../domain/candle.ts';
import type { Quote, QuoteRows, RowRange } from '../domain/quote.ts';

/** Bids and asks between these bounds, both included, in points. */
export interface PriceBounds {
  readonly lowBid: number;
  readonly highBid: number;
  readonly lowAsk: number;
  readonly highAsk: number;
}

export class CalmPrices {
  // Whole numbers from the start: a bound that was once infinite would be kept as a float, at a cost in every compare.
  #lowBid = 0;
  #highBid = 0;
  #lowAsk = 0;
  #highAsk = 0;
  #instrument = '';
  #until = 0;

  /** Something that the judgement rested on has changed. */
  forget(): void {
    this.#until = 0;
  }

  /** Whether the bounds are those of an instrument. */
  isOf(instrument: string): boolean {
    return instrument === this.#instrument;
  }

  /** Returns the first row of a range whose price is not calm as far as is known, or its end. */
  firstOutside(
    instrument: string,
    { times, bid: bids, ask: asks }: QuoteRows,
    { from, to }: RowRange,
  ): number {
    if (instrument !== this.#instrument) return from;
    // Read once, and not at every row.
    const until = this.#until;
    const lowBid = this.#lowBid;
    const highBid = this.#highBid;
    const lowAsk = this.#lowAsk;
    const highAsk = this.#highAsk;
    for (let row = from; row < to; row += 1) {
      const bid = bids[row] ?? 0;
      const ask = asks[row] ?? 0;
      const isCalm = bid >= lowBid && bid <= highBid && ask >= lowAsk && ask <= highAsk;
      if (!isCalm || (times[row] ?? 0) >= until) return row;
    }
    return to;
  }

  /** Whether all prices of a stored candle whose last is at `at` (UTC ms) are calm as far as is known. */
  includesCandle(instrument: string, at: number, candles: CandleRows, row: number): boolean {
    return (
      at < this.#until &&
      (candles.bidLow[row] ?? 0) >= this.#lowBid &&
      (candles.bidHigh[row] ?? 0) <= this.#highBid &&
      (candles.askLow[row] ?? 0) >= this.#lowAsk &&
      (candles.askHigh[row] ?? 0) <= this.#highAsk &&
      instrument === this.#instrument
    );
  }

  /** Returns the bounds of what is calm at the time of a quote together with the quote. */
  boundsWith({ instrument, at, bid, ask }: Quote): PriceBounds {
    if (at >= this.#until || instrument !== this.#instrument)
      return { lowBid: bid, highBid: bid, lowAsk: ask, highAsk: ask };
    return {
      lowBid: Math.min(this.#lowBid, bid),
      highBid: Math.max(this.#highBid, bid),
      lowAsk: Math.min(this.#lowAsk, ask),
      highAsk: Math.max(this.#highAsk, ask),
    };
  }

  /** Prices between the bounds are calm until an instant (UTC ms), or until something changes. */
  note(instrument: string, { lowBid, highBid, lowAsk, highAsk }: PriceBounds, until: number): void {
    this.#lowBid = lowBid;
    this.#highBid = highBid;
    this.#lowAsk = lowAsk;
    this.#highAsk = highAsk;
    this.#instrument = instrument;
    this.#until = until;
  }
}
