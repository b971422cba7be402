/**
 * The range of prices at which an observer of the equity keeps nothing. Without conversion the equity rises with the bid where lots are
 * long and falls with the ask where they are short, so between two prices that leave nothing is none that does.
 */

import { firstRow } from '../domain/quote.ts';
import type { OpenUnits } from '../domain/account-value.ts';
import type { CandleRows } from '../domain/candle.ts';
import type { Quote, QuoteRows, RowRange, RowStretch } from '../domain/quote.ts';

/** Prices between these bounds, all included, in points. */
export interface PriceBounds {
  readonly lowBid: number;
  readonly highBid: number;
  readonly lowAsk: number;
  readonly highAsk: number;
  readonly lowSpread: number;
  readonly highSpread: number;
}

export class CalmPrices {
  // Whole numbers from the start: a bound that was once infinite would be kept as a float, at a cost in every compare.
  #lowBid = 0;
  #highBid = 0;
  #lowAsk = 0;
  #highAsk = 0;
  #lowSpread = 0;
  #highSpread = 0;
  #instrument = '';
  #until = 0;
  #hasLong = false;
  #hasShort = false;

  /** Something that the judgement rested on has changed. */
  forget(): void {
    this.#until = 0;
  }

  /** Whether the bounds are those of an instrument. */
  isOf(instrument: string): boolean {
    return instrument === this.#instrument;
  }

  /** Returns the first row of a range whose price is not calm as far as is known, or its end. */
  firstOutside(instrument: string, rows: QuoteRows, range: RowRange): number {
    if (instrument !== this.#instrument) return range.from;
    const calm = { from: range.from, to: firstRow(rows.times, this.#until, range) };
    // Longs know no ask, and shorts no bid.
    if (!this.#hasShort) {
      return this.#hasLong ? firstBeyond(rows.bid, calm, this.#lowBid, this.#highBid) : calm.to;
    }
    if (!this.#hasLong) return firstBeyond(rows.ask, calm, this.#lowAsk, this.#highAsk);
    let row = calm.from;
    while (row < calm.to && this.#includes(rows.bid[row], rows.ask[row])) row += 1;
    return row;
  }

  /** Whether all rows of a stretch are calm as far as is known from the bounds of their prices. */
  includesRows(instrument: string, { times }: QuoteRows, stretch: RowStretch): boolean {
    if ((times[stretch.to - 1] ?? 0) >= this.#until || instrument !== this.#instrument) return false;
    // What spreads there are the bounds do not say.
    if (this.#hasShort && this.#hasLong) return false;
    if (this.#hasLong) return stretch.lowBid >= this.#lowBid && stretch.highBid <= this.#highBid;
    return !this.#hasShort || (stretch.lowAsk >= this.#lowAsk && stretch.highAsk <= this.#highAsk);
  }

  /** Whether all prices on the path of a stored candle whose last is at `at` (UTC ms) are calm as far as is known. */
  includesCandle(instrument: string, at: number, candles: CandleRows, row: number): boolean {
    if (at >= this.#until || instrument !== this.#instrument) return false;
    const { bidHigh, bidLow, askHigh, askLow, bidOpen, askOpen, bidClose, askClose } = candles;
    if (this.#hasLong && this.#hasShort) {
      return (
        this.#includes(bidHigh[row], askHigh[row]) &&
        this.#includes(bidLow[row], askLow[row]) &&
        this.#includes(bidOpen[row], askOpen[row]) &&
        this.#includes(bidClose[row], askClose[row])
      );
    }
    if (this.#hasLong) return (bidLow[row] ?? 0) >= this.#lowBid && (bidHigh[row] ?? 0) <= this.#highBid;
    if (this.#hasShort) return (askLow[row] ?? 0) >= this.#lowAsk && (askHigh[row] ?? 0) <= this.#highAsk;
    return true;
  }

  /** Returns the bounds of what is calm at the time of a quote together with the quote. */
  boundsWith(quote: Quote): PriceBounds {
    const { bid, ask } = quote;
    const spread = ask - bid;
    const isFirst = this.#isOver(quote);
    return {
      lowBid: isFirst ? bid : Math.min(this.#lowBid, bid),
      highBid: isFirst ? bid : Math.max(this.#highBid, bid),
      lowAsk: isFirst ? ask : Math.min(this.#lowAsk, ask),
      highAsk: isFirst ? ask : Math.max(this.#highAsk, ask),
      lowSpread: isFirst ? spread : Math.min(this.#lowSpread, spread),
      highSpread: isFirst ? spread : Math.max(this.#highSpread, spread),
    };
  }

  /** Prices up to that of a quote are calm too, for what is open now, until an instant (UTC ms) or until something changes. */
  widen(quote: Quote, { long, short }: OpenUnits, until: number): void {
    const { bid, ask } = quote;
    const spread = ask - bid;
    if (this.#isOver(quote)) {
      this.#instrument = quote.instrument;
      this.#lowBid = this.#highBid = bid;
      this.#lowAsk = this.#highAsk = ask;
      this.#lowSpread = this.#highSpread = spread;
    } else {
      if (bid < this.#lowBid) this.#lowBid = bid;
      if (bid > this.#highBid) this.#highBid = bid;
      if (ask < this.#lowAsk) this.#lowAsk = ask;
      if (ask > this.#highAsk) this.#highAsk = ask;
      if (spread < this.#lowSpread) this.#lowSpread = spread;
      if (spread > this.#highSpread) this.#highSpread = spread;
    }
    this.#until = until;
    this.#hasLong = long > 0;
    this.#hasShort = short > 0;
  }

  /** Whether nothing of the bounds holds for a quote. */
  #isOver({ instrument, at }: Quote): boolean {
    return at >= this.#until || instrument !== this.#instrument;
  }

  #includes(bid = 0, ask = 0): boolean {
    const spread = ask - bid;
    return (
      bid >= this.#lowBid &&
      bid <= this.#highBid &&
      ask >= this.#lowAsk &&
      ask <= this.#highAsk &&
      spread >= this.#lowSpread &&
      spread <= this.#highSpread
    );
  }
}

function firstBeyond(prices: Int32Array, { from, to }: RowRange, low: number, high: number): number {
  let row = from;
  while (row < to && (prices[row] ?? 0) >= low && (prices[row] ?? 0) <= high) row += 1;
  return row;
}
