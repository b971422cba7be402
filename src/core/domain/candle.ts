/** Candles: open, high, low and close of bid and ask over a granularity. */

import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  tradingDayEnd,
  tradingDayStart,
  tradingMonthStart,
  tradingWeekStart,
} from './trading-calendar.ts';

/** OANDA's granularities. */
export const GRANULARITIES = [
  'S5',
  'S10',
  'S15',
  'S30',
  'M1',
  'M2',
  'M4',
  'M5',
  'M10',
  'M15',
  'M30',
  'H1',
  'H2',
  'H3',
  'H4',
  'H6',
  'H8',
  'H12',
  'D',
  'W',
  'M',
] as const;
export type Granularity = (typeof GRANULARITIES)[number];

/** A candle of `granularity` that starts at `startsAt` (UTC ms). Prices are points. `quotes` counts what it was made of. */
export interface Candle {
  readonly instrument: string;
  readonly granularity: Granularity;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly bidOpen: number;
  readonly bidHigh: number;
  readonly bidLow: number;
  readonly bidClose: number;
  readonly askOpen: number;
  readonly askHigh: number;
  readonly askLow: number;
  readonly askClose: number;
  readonly quotes: number;
}

/** How many quotes stand for a stored candle: its open, its two extremes and its close. */
export const PATH_QUOTES = 4;

/**
 * Candles of one instrument and granularity in columns, in order of time. `times` is when each starts (UTC ms); prices are points, opens and
 * closes between lows and highs.
 */
export interface CandleRows {
  readonly times: Float64Array;
  readonly bidOpen: Int32Array;
  readonly bidHigh: Int32Array;
  readonly bidLow: Int32Array;
  readonly bidClose: Int32Array;
  readonly askOpen: Int32Array;
  readonly askHigh: Int32Array;
  readonly askLow: Int32Array;
  readonly askClose: Int32Array;
}

/** Returns a stored candle, made of its path. */
export function storedCandle(
  candles: CandleRows,
  row: number,
  { instrument, granularity, endsAt }: Pick<Candle, 'instrument' | 'granularity' | 'endsAt'>,
): Candle {
  return {
    instrument,
    granularity,
    startsAt: candles.times[row] ?? 0,
    endsAt,
    bidOpen: candles.bidOpen[row] ?? 0,
    bidHigh: candles.bidHigh[row] ?? 0,
    bidLow: candles.bidLow[row] ?? 0,
    bidClose: candles.bidClose[row] ?? 0,
    askOpen: candles.askOpen[row] ?? 0,
    askHigh: candles.askHigh[row] ?? 0,
    askLow: candles.askLow[row] ?? 0,
    askClose: candles.askClose[row] ?? 0,
    quotes: PATH_QUOTES,
  };
}

/** A property is found faster than an entry of a map, and this is asked for at every candle. */
const LENGTHS_MS: Readonly<Record<Granularity, number>> = {
  S5: 5 * SECOND_MS,
  S10: 10 * SECOND_MS,
  S15: 15 * SECOND_MS,
  S30: 30 * SECOND_MS,
  M1: MINUTE_MS,
  M2: 2 * MINUTE_MS,
  M4: 4 * MINUTE_MS,
  M5: 5 * MINUTE_MS,
  M10: 10 * MINUTE_MS,
  M15: 15 * MINUTE_MS,
  M30: 30 * MINUTE_MS,
  H1: HOUR_MS,
  H2: 2 * HOUR_MS,
  H3: 3 * HOUR_MS,
  H4: 4 * HOUR_MS,
  H6: 6 * HOUR_MS,
  H8: 8 * HOUR_MS,
  H12: 12 * HOUR_MS,
  D: DAY_MS,
  W: 7 * DAY_MS,
  M: 30 * DAY_MS,
};

/** Returns the nominal length in milliseconds; `D`, `W` and `M` give a day, a week and 30 days. */
export function granularityMs(granularity: Granularity): number {
  return LENGTHS_MS[granularity];
}

/** Returns the length in milliseconds that all candles of a granularity have; undefined for those that follow the clocks of New York. */
export function commonLength(granularity: Granularity): number | undefined {
  const length = granularityMs(granularity);
  return length <= HOUR_MS ? length : undefined;
}

/** Where the candle that contains an instant starts and ends, in UTC milliseconds; the end is excluded. */
export interface CandleSpan {
  readonly startsAt: number;
  readonly endsAt: number;
}

/**
 * Returns the span of the candle that contains `at`. Up to H1 candles align to UTC; from H2 to D to 17:00 New York,
 * the week to Friday 17:00, the month to the trading day of its first, as OANDA's default alignment does.
 */
export function candleSpan(granularity: Granularity, at: number): CandleSpan {
  if (granularity === 'M') return monthSpan(at);
  if (granularity === 'W') return weekSpan(at);
  if (granularity === 'D') return { startsAt: tradingDayStart(at), endsAt: tradingDayEnd(at) };
  const common = commonLength(granularity);
  if (common !== undefined) {
    const startsAt = Math.floor(at / common) * common;
    return { startsAt, endsAt: startsAt + common };
  }
  const length = granularityMs(granularity);
  const dayStart = tradingDayStart(at);
  const startsAt = dayStart + Math.floor((at - dayStart) / length) * length;
  return { startsAt, endsAt: Math.min(startsAt + length, tradingDayEnd(at)) };
}

function weekSpan(at: number): CandleSpan {
  const startsAt = tradingWeekStart(at);
  return { startsAt, endsAt: tradingWeekStart(startsAt + 7 * DAY_MS + HOUR_MS * 2) };
}

function monthSpan(at: number): CandleSpan {
  const startsAt = tradingMonthStart(at);
  return { startsAt, endsAt: tradingMonthStart(startsAt + 33 * DAY_MS) };
}
