/** Where v20 candles start and end: to the hour, to an hour of the day in some time zone, to a weekday, to the first of a month. */

import { granularityMs } from '../../../core/domain/candle.ts';
import { DAY_MS, HOUR_MS } from '../../../core/domain/trading-calendar.ts';
import { timeZoneNamed } from './time-zone.ts';
import type { CandleSpan, Granularity } from '../../../core/domain/candle.ts';
import type { TimeZone } from './time-zone.ts';

/** The days of a week in OANDA's spelling; the place of each is its number, Sunday first. */
export const WEEKDAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;

/** At which hour of a zone's clocks a day of candles starts, and with which weekday (0 is Sunday) a week. */
export interface CandleAlignment {
  readonly hour: number;
  readonly weekday: number;
  readonly zone: TimeZone;
}

/** Of a name that is known; another gives undefined. */
export function alignmentOf(hour: number, weekday: number, zoneName: string): CandleAlignment | undefined {
  const zone = timeZoneNamed(zoneName);
  return zone && { hour, weekday, zone };
}

/**
 * Returns the span of the candle that contains `at`, in UTC ms. Up to H1 they align to the hour, from H2 to D to the day's hour, the week
 * to its weekday, the month to its first. Source: OANDA v20. The month begins with the day that lies for the most part on the first:
 * with OANDA's default that is at 17:00 New York on the day before.
 */
export function alignedSpan(granularity: Granularity, at: number, alignment: CandleAlignment): CandleSpan {
  if (granularity === 'M') return spanOf(at, 33 * DAY_MS, (instant) => monthStart(instant, alignment));
  if (granularity === 'W') return spanOf(at, 8 * DAY_MS, (instant) => weekStart(instant, alignment));
  const length = granularityMs(granularity);
  if (length <= HOUR_MS) {
    const startsAt = Math.floor(at / length) * length;
    return { startsAt, endsAt: startsAt + length };
  }
  const day = spanOf(at, 30 * HOUR_MS, (instant) => dayStart(instant, alignment));
  if (granularity === 'D') return day;
  const startsAt = day.startsAt + Math.floor((at - day.startsAt) / length) * length;
  // A day on which the clocks change has 23 or 25 hours, and its last candle is the shorter for it.
  return { startsAt, endsAt: Math.min(startsAt + length, day.endsAt) };
}

/** The span ends where the one starts that contains an instant `reachMs` later: never longer than two spans. */
function spanOf(at: number, reachMs: number, startOf: (instant: number) => number): CandleSpan {
  const startsAt = startOf(at);
  return { startsAt, endsAt: startOf(startsAt + reachMs) };
}

function dayStart(at: number, { hour, zone }: CandleAlignment): number {
  const hourMs = hour * HOUR_MS;
  const digits = Math.floor((at + zone(at) - hourMs) / DAY_MS) * DAY_MS + hourMs;
  const startsAt = instantOf(digits, zone);
  // Where clocks are set back, an hour of the day comes twice.
  return startsAt <= at ? startsAt : instantOf(digits - DAY_MS, zone);
}

/** The instant at which the zone's clocks show these digits (written as UTC ms). */
function instantOf(digits: number, zone: TimeZone): number {
  return digits - zone(digits - zone(digits));
}

function weekStart(at: number, alignment: CandleAlignment): number {
  let startsAt = dayStart(at, alignment);
  while (weekdayOf(startsAt + alignment.zone(startsAt)) !== alignment.weekday)
    startsAt = dayStart(startsAt - 1, alignment);
  return startsAt;
}

function monthStart(at: number, alignment: CandleAlignment): number {
  const middle = dayStart(at, alignment) + DAY_MS / 2;
  const date = new Date(middle + alignment.zone(middle));
  const noonOfFirst = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1, 12);
  // Of the two days that share the first of the month, the one with its noon; noon itself belongs to a day that ends there.
  return dayStart(instantOf(noonOfFirst, alignment.zone) - 1, alignment);
}

/** 1 January 1970 was a Thursday. */
function weekdayOf(digits: number): number {
  return (((Math.floor(digits / DAY_MS) + 4) % 7) + 7) % 7;
}
