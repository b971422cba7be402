/** The history of an account's equity: one point for each minute, hour or trading day in which it changed. */

import { DAY_MS, HOUR_MS, MINUTE_MS, tradingDayStart } from './trading-calendar.ts';

/** What is stored; minutes for a time, hours for good. */
export const STORED_EQUITY_RESOLUTIONS = ['M1', 'H1'] as const;
export type StoredEquityResolution = (typeof STORED_EQUITY_RESOLUTIONS)[number];

/** What can be asked for: days are made of hours. */
export const EQUITY_RESOLUTIONS = [...STORED_EQUITY_RESOLUTIONS, 'D'] as const;
export type EquityResolution = (typeof EQUITY_RESOLUTIONS)[number];

/** How long one minute, hour or trading day is, in ms; a day in which the clocks change is an hour shorter or longer. */
export const EQUITY_STEP_MS: Readonly<Record<EquityResolution, number>> = {
  M1: MINUTE_MS,
  H1: HOUR_MS,
  D: DAY_MS,
};

/** The last balance and equity that were seen in the minute, hour or trading day that starts at `at` (UTC ms), in ten-thousandths. */
export interface EquityPoint {
  readonly at: number;
  readonly balance: number;
  readonly nav: number;
}

/** Returns the start of the minute, hour or trading day (17:00 New York) that holds an instant, in UTC ms. */
export function equityStepStart(resolution: EquityResolution, at: number): number {
  const stepMs = EQUITY_STEP_MS[resolution];
  return resolution === 'D' ? tradingDayStart(at) : Math.floor(at / stepMs) * stepMs;
}

/** Returns the last point of each trading day; points come and go oldest first. */
export function dailyPoints(hours: readonly EquityPoint[]): readonly EquityPoint[] {
  const byDay = new Map<number, EquityPoint>();
  for (const point of hours) {
    const at = tradingDayStart(point.at);
    byDay.set(at, { ...point, at });
  }
  return [...byDay.values()];
}
