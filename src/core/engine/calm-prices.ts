/**
 * The range of prices at which an observer of the equity keeps nothing. The equity of an account without conversion moves with the prices
 * of its instrument, so what leaves nothing at the worst and at the best quote leaves nothing in between.
 */

import type { CandleRows } from '../domain/candle.ts';
import type { QuoteRows, RowRange } from '../domain/quote.ts';

/** Bids and asks between these bounds, both included, in points. */
interface PriceBounds {
  lowBid: number;
  highBid: number;
  lowAsk: number;
  highAsk: number;
}

// Whole numbers from the start: a bound that was once infinite would be kept as a float, at a cost in every compare.
const noBounds = (): PriceBounds => ({ lowBid: 0, highBid: 0, lowAsk: 0, highAsk: 0 });

export class CalmPrices {
  /** The bounds of the rows that are looked at, and after `widen` of those that were calm with them. */
  readonly bounds: PriceBounds = noBounds();
  readonly #calm: PriceBounds = noBounds();
  #instrument = '';
  #until = 0;

  /** Something that the judgement rested on has changed. */
  forget(): void {
    this.#until = 0;
  }

  /** Finds the bounds of rows; there is at least one. */
  measure({ bid, ask }: QuoteRows, { from, to }: RowRange): void {
    let lowBid = bid[from] ?? 0;
    let highBid = lowBid;
    let lowAsk = ask[from] ?? 0;
    let highAsk = lowAsk;
    for (let row = from + 1; row < to; row += 1) {
      const rowBid = bid[row] ?? 0;
      const rowAsk = ask[row] ?? 0;
      if (rowBid < lowBid) lowBid = rowBid;
      else if (rowBid > highBid) highBid = rowBid;
      if (rowAsk < lowAsk) lowAsk = rowAsk;
      else if (rowAsk > highAsk) highAsk = rowAsk;
    }
    const { bounds } = this;
    bounds.lowBid = lowBid;
    bounds.highBid = highBid;
    bounds.lowAsk = lowAsk;
    bounds.highAsk = highAsk;
  }

  /** Whether the measured rows, the last of them at `at` (UTC ms), are calm as far as is known. */
  includes(instrument: string, at: number): boolean {
    const { bounds } = this;
    const calm = this.#calm;
    return (
      at < this.#until &&
      bounds.lowBid >= calm.lowBid &&
      bounds.highBid <= calm.highBid &&
      bounds.lowAsk >= calm.lowAsk &&
      bounds.highAsk <= calm.highAsk &&
      instrument === this.#instrument
    );
  }

  /** Whether the prices of a stored candle that ends at `endsAt` (UTC ms) are calm as far as is known. */
  includesCandle(instrument: string, candles: CandleRows, row: number, endsAt: number): boolean {
    const calm = this.#calm;
    return (
      endsAt <= this.#until &&
      (candles.bidLow[row] ?? 0) >= calm.lowBid &&
      (candles.bidHigh[row] ?? 0) <= calm.highBid &&
      (candles.askLow[row] ?? 0) >= calm.lowAsk &&
      (candles.askHigh[row] ?? 0) <= calm.highAsk &&
      instrument === this.#instrument
    );
  }

  /** Widens the measured bounds to what was calm until now, so that both can be judged at once. */
  widen(instrument: string, at: number): void {
    if (at >= this.#until || instrument !== this.#instrument) return;
    const { bounds } = this;
    const calm = this.#calm;
    if (calm.lowBid < bounds.lowBid) bounds.lowBid = calm.lowBid;
    if (calm.highBid > bounds.highBid) bounds.highBid = calm.highBid;
    if (calm.lowAsk < bounds.lowAsk) bounds.lowAsk = calm.lowAsk;
    if (calm.highAsk > bounds.highAsk) bounds.highAsk = calm.highAsk;
  }

  /** The bounds are calm until an instant (UTC ms), or until something changes. */
  note(instrument: string, until: number): void {
    const { bounds } = this;
    const calm = this.#calm;
    calm.lowBid = bounds.lowBid;
    calm.highBid = bounds.highBid;
    calm.lowAsk = bounds.lowAsk;
    calm.highAsk = bounds.highAsk;
    this.#instrument = instrument;
    this.#until = until;
  }
}
