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

const UNIT_MS = { S: SECOND_MS, M: MINUTE_MS, H: HOUR_MS } as const;

function lengthMs(granularity: Granularity): number {
  const unit = granularity[0];
  const count = Number(granularity.slice(1));
  return unit === 'S' || unit === 'M' || unit === 'H' ? UNIT_MS[unit] * count : 0;
}

const LENGTHS_MS = new Map(GRANULARITIES.map((granularity) => [granularity, lengthMs(granularity)]));

/** Returns the nominal length in milliseconds; `D`, `W` and `M` give a day, a week and 30 days. */
export function granularityMs(granularity: Granularity): number {
  if (granularity === 'D') return DAY_MS;
  if (granularity === 'W') return 7 * DAY_MS;
  if (granularity === 'M') return 30 * DAY_MS;
  return LENGTHS_MS.get(granularity) ?? 0;
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
  const length = granularityMs(granularity);
  if (length <= HOUR_MS) {
    const startsAt = Math.floor(at / length) * length;
    return { startsAt, endsAt: startsAt + length };
  }
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
