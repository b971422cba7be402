/** Candles for charts: what is asked for, and a page of the answer. Types only. */

import type { Candle, Granularity } from '../../core/domain/candle.ts';
import type { Instrument } from '../../core/domain/instrument.ts';

/**
 * Which candles are wanted: those that begin in a stretch of time, at most `count` of them, counted from its beginning or from its end.
 * `from` is where a candle begins and `until` where one ends, in UTC ms; `until` is excluded, and either may be open.
 */
export interface CandleWish {
  readonly instrument: string;
  readonly granularity: Granularity;
  readonly from: number | undefined;
  readonly until: number | undefined;
  readonly count: number;
  readonly countedFrom: 'beginning' | 'end';
}

/** A candle, and whether it has ended: prices may still come that belong to one that has not. */
export interface ChartCandle extends Candle {
  readonly isComplete: boolean;
}

/** Candles, oldest first, and whether there may be more on the side that the count ended at. */
export interface CandlePage {
  readonly candles: readonly ChartCandle[];
  readonly hasMore: boolean;
}

/** Where candles of an instrument come from. */
export interface CandleSource {
  readonly instrument: Instrument;
  readonly read: (wish: CandleWish) => Promise<CandlePage>;
}
