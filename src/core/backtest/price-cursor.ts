/** Walks over the stored prices of one instrument, batch by batch, and hands them to a run as far as it may see them. */

import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { commonLength, PATH_QUOTES } from '../domain/candle.ts';
import { createCandlePath, traceCandle } from './candle-path.ts';
import { firstRow } from '../domain/quote.ts';
import type { CandleRows, Granularity } from '../domain/candle.ts';
import type { Quote, QuoteRows } from '../domain/quote.ts';
import type { Travel } from '../simulation/exchange.ts';
import type { CandlePath } from './candle-path.ts';

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

/** A batch of candles of one instrument and length, of which those may be seen whose whole path is earlier than `before` (UTC ms). */
export interface CandleStretch {
  readonly instrument: string;
  readonly candles: CandleRows;
  readonly lengthMs: number;
  /** The first row that is not in the range of the run. */
  readonly end: number;
  readonly before: number;
  /** Returns the path of the candle in a row; the next call fills the same rows again. */
  readonly pathOf: (row: number) => QuoteRows;
}

/** What takes prices: a run. */
export interface PriceTaker {
  /** Takes the quotes of a stretch from a row on, and returns the first row that it left. */
  passQuotes(stretch: QuoteStretch, from: number): number;
  /** Takes one quote; `travel` says how the price got there. */
  passQuote(quote: Quote, travel: Travel): void;
  /** Takes candles of a stretch from a row on for as long as nothing happens inside them, and returns the first row that it left. */
  passQuietCandles(stretch: CandleStretch, from: number): number;
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
const NO_CANDLES: CandleRows = {
  times: NO_TIMES,
  bidOpen: NO_PRICES,
  bidHigh: NO_PRICES,
  bidLow: NO_PRICES,
  bidClose: NO_PRICES,
  askOpen: NO_PRICES,
  askHigh: NO_PRICES,
  askLow: NO_PRICES,
  askClose: NO_PRICES,
};

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
  /** How long each candle is; undefined where they differ. */
  readonly #lengthMs: number | undefined;
  readonly #range: PriceRange;
  readonly #path: CandlePath;
  #candles: CandleRows = NO_CANDLES;
  /** The first row that is not in the range. */
  #end = 0;
  #row = 0;
  #step = 0;
  #nextAt = Infinity;
  readonly #pathOf = (row: number): QuoteRows => {
    traceCandle(this.#path, this.#candles, row, this.#granularity);
    return this.#path;
  };

  constructor({ instrument, granularity }: PriceSource & { granularity: Granularity }, range: PriceRange) {
    this.#instrument = instrument;
    this.#granularity = granularity;
    this.#lengthMs = commonLength(granularity);
    this.#range = range;
    this.#path = createCandlePath(PAPER_INSTRUMENTS.hoursOf(instrument));
  }

  get nextAt(): number {
    return this.#nextAt;
  }

  /** Takes the next batch; the one before must have been used up. */
  give(candles: CandleRows): void {
    const { from, until } = this.#range;
    this.#candles = candles;
    this.#end = firstRow(candles.times, until);
    this.#enter(firstRow(candles.times, from));
  }

  run(taker: PriceTaker, before: number): void {
    while (this.#nextAt < before) {
      if (!this.#passQuietCandles(taker, before)) this.#passStep(taker);
    }
  }

  /** Returns whether any candle was quiet. */
  #passQuietCandles(taker: PriceTaker, before: number): boolean {
    const [lengthMs, row] = [this.#lengthMs, this.#row];
    if (this.#step > 0 || lengthMs === undefined) return false;
    const [instrument, candles, end] = [this.#instrument, this.#candles, this.#end];
    const stretch = { instrument, candles, lengthMs, end, before, pathOf: this.#pathOf };
    this.#enter(taker.passQuietCandles(stretch, row));
    return this.#row > row;
  }

  #passStep(taker: PriceTaker): void {
    const step = this.#step;
    const { times, bid, ask } = this.#path;
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

  #enter(row: number): void {
    this.#row = row;
    this.#step = 0;
    this.#nextAt = row < this.#end ? (this.#pathOf(row).times[0] ?? Infinity) : Infinity;
  }
}
