/**
 * When an instrument trades. A session is a stretch without a break; each trading day that is none of a weekend or holiday has one or two.
 * Source: OANDA pauses each day from 16:58 to 17:03 New York (its page of 2022), opens on Sunday and closes on Friday with the pause, and
 * pauses pairs with the New Zealand dollar for five more minutes at 06:58 Auckland. Gold and silver open at 18:03 (LEAN's table of OANDA's
 * hours). The times of other years differ by minutes: quotes of 2014 run to 17:00 and begin again at 17:02.
 */

import {
  aucklandMorning,
  HOUR_MS,
  isTradingDay,
  MINUTE_MS,
  tradingDayEnd,
  tradingDayStart,
} from './trading-calendar.ts';
import type { TradingHoursName } from './instrument.ts';

/** A stretch without a break in which an instrument trades, in UTC ms: from `opensAt` (included) to `closesAt` (excluded). */
export interface Session {
  readonly opensAt: number;
  readonly closesAt: number;
}

/** How long after 17:00 New York a day's trading begins. */
const OPENS_AFTER_MS: Readonly<Record<TradingHoursName, number>> = {
  forex: 3 * MINUTE_MS,
  forex_nzd: 3 * MINUTE_MS,
  metals: HOUR_MS + 3 * MINUTE_MS,
};
/** How long before 17:00 New York it ends. */
const CLOSES_BEFORE_MS = 2 * MINUTE_MS;
const AUCKLAND_PAUSE_MS = 5 * MINUTE_MS;

/** Returns the session that an instant is in or, while the market is closed, the next one. */
export function sessionAt(hours: TradingHoursName, at: number): Session {
  for (let day = tradingDayStart(at); ; day = tradingDayEnd(day)) {
    const session = sessionsOf(hours, day).find(({ closesAt }) => at < closesAt);
    if (session) return session;
  }
}

/** Returns whether instruments with these hours trade at an instant. */
export function isMarketOpen(hours: TradingHoursName, at: number): boolean {
  return at >= sessionAt(hours, at).opensAt;
}

/** Returns the first instant at or after this one at which the market is open. */
export function nextOpenInstant(hours: TradingHoursName, at: number): number {
  return Math.max(at, sessionAt(hours, at).opensAt);
}

/** A break between sessions is a weekend or a holiday, and no daily pause, from this on. */
const LONG_BREAK_MS = 12 * HOUR_MS;

/** Returns the next instant after `at` at which the market closes for a weekend or a holiday. */
export function nextLongClose(hours: TradingHoursName, at: number): number {
  let session = sessionAt(hours, at);
  for (;;) {
    const next = sessionAt(hours, session.closesAt);
    if (next.opensAt - session.closesAt >= LONG_BREAK_MS) return session.closesAt;
    session = next;
  }
}

/** Returns the last millisecond before this instant in which the market is open. */
export function lastOpenInstantBefore(hours: TradingHoursName, until: number): number {
  for (let day = tradingDayStart(until - 1); ; day = tradingDayStart(day - 1)) {
    const session = sessionsOf(hours, day).findLast(({ opensAt }) => opensAt < until);
    if (session) return Math.min(until, session.closesAt) - 1;
  }
}

function sessionsOf(hours: TradingHoursName, dayStart: number): readonly Session[] {
  if (!isTradingDay(dayStart)) return [];
  const dayEnd = tradingDayEnd(dayStart);
  const opensAt = dayStart + OPENS_AFTER_MS[hours];
  const closesAt = dayEnd - CLOSES_BEFORE_MS;
  if (hours !== 'forex_nzd') return [{ opensAt, closesAt }];
  const pauseAt = aucklandMorning(dayEnd) - 2 * MINUTE_MS;
  return [
    { opensAt, closesAt: pauseAt },
    { opensAt: pauseAt + AUCKLAND_PAUSE_MS, closesAt },
  ];
}
