/** The candles of every granularity and alignment, made of the quotes that the simulator was shown. */

import { granularityMs } from '../../../core/domain/candle.ts';
import { MINUTE_MS, SECOND_MS } from '../../../core/domain/trading-calendar.ts';
import { alignedSpan } from './candle-alignment.ts';
import { CandleRows } from './candle-rows.ts';
import type { CandleSpan, Granularity } from '../../../core/domain/candle.ts';
import type { Quote } from '../../../core/domain/quote.ts';
import type { CandleAlignment } from './candle-alignment.ts';
import type { CandleSums, Prices } from './candle-rows.ts';

/** A candle as it is answered. `endsAt` is excluded; prices are points, those of `twiceMid` half points. */
export type AlignedCandle = CandleSpan & CandleSums;

/** Returns the quotes of an instrument before the simulator began, oldest first. */
export type QuoteHistory = (instrumentName: string) => Iterable<Quote>;

/** Each length divides all that are longer. The zones of the world are ahead of UTC by quarters of an hour, so days begin at one. */
const BASE_LENGTHS_MS = [5 * SECOND_MS, MINUTE_MS, 15 * MINUTE_MS] as const;

/** Keeps quotes as candles of three lengths, each as far back as memory allows. */
export class CandleStore {
  readonly #rowsByInstrument = new Map<string, readonly CandleRows[]>();
  readonly #pastByInstrument = new Map<string, readonly CandleRows[]>();
  readonly #history: QuoteHistory;

  constructor(history: QuoteHistory = () => []) {
    this.#history = history;
  }

  add({ instrument, at, bid, ask }: Quote): void {
    let levels = this.#rowsByInstrument.get(instrument);
    if (!levels) this.#rowsByInstrument.set(instrument, (levels = emptyLevels()));
    for (const rows of levels) rows.add(at, bid, ask);
  }

  /** Returns the candles of an instrument, oldest first. A span without a quote has none. */
  candles(instrumentName: string, granularity: Granularity, alignment: CandleAlignment): AlignedCandle[] {
    const level = BASE_LENGTHS_MS.findLastIndex((length) => granularityMs(granularity) >= length);
    const candles: AlignedCandle[] = [];
    const take = (startsAt: number, sums: CandleSums): void => {
      const last = candles.at(-1);
      // What came late, or before the simulator began and after what it was shown first, does not open a span again.
      if (last && startsAt < last.endsAt) join(last, sums);
      else candles.push({ ...alignedSpan(granularity, startsAt, alignment), ...sums });
    };
    this.#pastOf(instrumentName)[level]?.forEach(take);
    this.#rowsByInstrument.get(instrumentName)?.[level]?.forEach(take);
    return candles;
  }

  /** Made when it is asked for: of most instruments, no one does. */
  #pastOf(instrumentName: string): readonly CandleRows[] {
    let levels = this.#pastByInstrument.get(instrumentName);
    if (levels) return levels;
    this.#pastByInstrument.set(instrumentName, (levels = emptyLevels()));
    for (const { at, bid, ask } of this.#history(instrumentName))
      for (const rows of levels) rows.add(at, bid, ask);
    return levels;
  }
}

function emptyLevels(): readonly CandleRows[] {
  return BASE_LENGTHS_MS.map((lengthMs) => new CandleRows(lengthMs));
}

function join(candle: AlignedCandle, next: CandleSums): void {
  candle.volume += next.volume;
  joinPrices(candle.bid, next.bid);
  joinPrices(candle.ask, next.ask);
  joinPrices(candle.twiceMid, next.twiceMid);
}

function joinPrices(prices: Prices, [, high, low, close]: Prices): void {
  prices[1] = Math.max(prices[1], high);
  prices[2] = Math.min(prices[2], low);
  prices[3] = close;
}
