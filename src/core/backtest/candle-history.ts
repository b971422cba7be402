/** Makes the closed candles of the past, of recorded quotes or candles, that a strategy warms up on. */

import { MarketClock } from '../domain/market-clock.ts';
import { PATH_QUOTES } from '../domain/candle.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { CandleBuilder } from '../engine/candle-builder.ts';
import { createCandlePath, traceCandle } from './candle-path.ts';
import type { Candle, CandleRows, Granularity } from '../domain/candle.ts';
import type { TradingHoursName } from '../domain/instrument.ts';
import type { QuoteRows } from '../domain/quote.ts';
import type { CandlePath } from './candle-path.ts';

/** What candles are wanted: of this instrument and granularity, closed by `until` (UTC ms). */
export interface HistoryWish {
  readonly instrument: string;
  readonly granularity: Granularity;
  readonly until: number;
}

/** Takes prices in order of time; those from `until` on are passed over, as they would be a look into the future. */
export class CandleHistory {
  readonly #wish: HistoryWish;
  readonly #builder: CandleBuilder;
  readonly #hours: TradingHoursName;
  readonly #clock = new MarketClock();
  readonly #path: CandlePath;
  readonly #candles: Candle[] = [];

  constructor(wish: HistoryWish) {
    this.#wish = wish;
    this.#hours = PAPER_INSTRUMENTS.hoursOf(wish.instrument);
    this.#path = createCandlePath(this.#hours);
    this.#builder = new CandleBuilder(wish.instrument, wish.granularity);
  }

  feedQuotes({ times, bid, ask }: QuoteRows): void {
    for (let row = 0; row < times.length; row += 1) this.#take(times[row], bid[row], ask[row]);
  }

  feedCandles(candles: CandleRows, granularity: Granularity): void {
    const { times, bid, ask } = this.#path;
    for (let row = 0; row < candles.times.length; row += 1) {
      traceCandle(this.#path, candles, row, granularity);
      for (let step = 0; step < PATH_QUOTES; step += 1) this.#take(times[step], bid[step], ask[step]);
    }
  }

  /** Returns the last `count` candles, oldest first; fewer when there were not so many. */
  last(count: number): readonly Candle[] {
    this.#closeBy(this.#wish.until);
    return count === 0 ? [] : this.#candles.slice(-count);
  }

  #take(at = 0, bid = 0, ask = 0): void {
    const { instrument, until } = this.#wish;
    this.#clock.advance(at);
    if (at >= until || !this.#clock.isOpen(this.#hours)) return;
    this.#closeBy(at);
    this.#builder.add({ instrument, at, bid, ask });
  }

  #closeBy(at: number): void {
    if (this.#builder.endsAt > at) return;
    const candle = this.#builder.close();
    if (candle) this.#candles.push(candle);
  }
}
