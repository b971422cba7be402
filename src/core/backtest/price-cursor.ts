/** Walks over the stored prices of one instrument, batch by batch, and hands them to a run as far as it may see them. */

import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { createCandlePath, PATH_QUOTES, traceCandle } from './candle-path.ts';
import type { Granularity } from '../domain/candle.ts';
import type { Quote, QuoteRows } from '../domain/quote.ts';
import type { Travel } from '../simulation/exchange.ts';
import type { CandlePath } from './candle-path.ts';
import type { CandleBatch } from './price-batch.ts';

/** The prices of one instrument: candles of a granularity, or quotes where it is undefined. */
export interface PriceSource {
  readonly instrument: string;
  readonly granularity: Granularity | undefined;
}

/** A stretch of time in UTC ms: `from` included, `until` excluded. Of a candle its start counts. */
export interface PriceRange {
  readonly from: number;
  readonly until: number;
}

/** A batch of quotes of one instrument, of which those earlier than `before` (UTC ms) may be seen. */
export interface QuoteStretch {
  readonly instrument: string;
  readonly rows: QuoteRows;
  readonly before: number;
}

/** What takes prices: a run. */
export interface PriceTaker {
  /** Takes the quotes of a stretch from a row on, and returns the first row that it left. */
  passQuotes(stretch: QuoteStretch, from: number): number;
  /** Takes one quote; `travel` says how the price got there. */
  passQuote(quote: Quote, travel: Travel): void;
  /** Takes all quotes of a candle's path at once if nothing happens at any of them; returns whether it did. */
  passQuietCandle(instrument: string, path: QuoteRows): boolean;
}

/** A place in the prices of one instrument. */
export interface PriceCursor {
  /** When its next price comes (UTC ms); Infinity when it was handed no more rows of the range. */
  readonly nextAt: number;
  /** Hands the taker every price that is earlier than `before`. */
  run(taker: PriceTaker, before: number): void;
}

/** How the price gets to each quote of a candle's path. */
const TRAVEL_OF_STEP: readonly Travel[] = ['jump', 'continuous', 'continuous', 'closing'];

const NO_TIMES = new Float64Array(0);
const NO_PRICES = new Int32Array(0);
const NO_QUOTES: QuoteRows = { times: NO_TIMES, bid: NO_PRICES, ask: NO_PRICES };

/** A place in quotes. */
export class QuoteCursor implements PriceCursor {
  readonly #instrument: string;
  readonly #range: PriceRange;
  #rows = NO_QUOTES;
  #row = 0;

  constructor({ instrument }: PriceSource, range: PriceRange) {
    this.#instrument = instrument;
    this.#range = range;
  }

  get nextAt(): number {
    const at = this.#rows.times[this.#row] ?? Infinity;
    return at < this.#range.until ? at : Infinity;
  }

  /** Takes the next batch; the one before must have been used up. */
  give(rows: QuoteRows): void {
    this.#rows = rows;
    this.#row = firstRow(rows.times, this.#range.from);
  }

  run(taker: PriceTaker, before: number): void {
    this.#row = taker.passQuotes({ instrument: this.#instrument, rows: this.#rows, before }, this.#row);
  }
}

/** A place on the path of candles: a candle is four quotes, and prices of other instruments may come in between. */
export class CandleCursor implements PriceCursor {
  readonly #instrument: string;
  readonly #granularity: Granularity;
  readonly #range: PriceRange;
  readonly #path: CandlePath;
  #candles: CandleBatch | undefined;
  #row = 0;
  #step = 0;
  #nextAt = Infinity;

  constructor({ instrument, granularity }: PriceSource & { granularity: Granularity }, range: PriceRange) {
    this.#instrument = instrument;
    this.#granularity = granularity;
    this.#range = range;
    this.#path = createCandlePath(PAPER_INSTRUMENTS.hoursOf(instrument));
  }

  get nextAt(): number {
    return this.#nextAt;
  }

  /** Takes the next batch; the one before must have been used up. */
  give(candles: CandleBatch): void {
    this.#candles = candles;
    this.#enter(firstRow(candles.times, this.#range.from));
  }

  run(taker: PriceTaker, before: number): void {
    const path = this.#path;
    const { times, bid, ask } = path;
    while (this.#nextAt < before) {
      const step = this.#step;
      if (step === 0 && endsBefore(path, before) && taker.passQuietCandle(this.#instrument, path)) {
        this.#enter(this.#row + 1);
        continue;
      }
      const quote = {
        instrument: this.#instrument,
        at: times[step] ?? 0,
        bid: bid[step] ?? 0,
        ask: ask[step] ?? 0,
      };
      taker.passQuote(quote, TRAVEL_OF_STEP[step] ?? 'jump');
      this.#step += 1;
      if (this.#step === PATH_QUOTES) this.#enter(this.#row + 1);
      else this.#nextAt = times[this.#step] ?? Infinity;
    }
  }

  #enter(row: number): void {
    const candles = this.#candles;
    this.#row = row;
    this.#step = 0;
    this.#nextAt = Infinity;
    if (candles === undefined || !((candles.times[row] ?? Infinity) < this.#range.until)) return;
    traceCandle(this.#path, candles, row, this.#granularity);
    this.#nextAt = this.#path.times[0] ?? Infinity;
  }
}

function endsBefore({ times }: CandlePath, instant: number): boolean {
  return (times[PATH_QUOTES - 1] ?? Infinity) < instant;
}

/** Returns the first row at or after an instant, by halving. */
export function firstRow(times: Float64Array, from: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
