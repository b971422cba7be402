/** The conventions a report is computed by, and the least data a number needs. They are part of every report. */

import { DAY_MS } from '../../domain/trading-calendar.ts';

/** What readers must know to compare a figure with another program's. Rates are yearly shares: 0.02 is 2 %. */
export interface PerformanceConventions {
  /** Daily returns in a year, by which daily figures become annual ones: 252 as LEAN and NautilusTrader use for forex; 260 and 365 are common. */
  readonly periodsPerYear: number;
  /** Subtracted from returns in Sharpe-type ratios. */
  readonly riskFreeRate: number;
  /** The return below which the Sortino ratio counts a day as bad. */
  readonly minimumAcceptableReturn: number;
  /** What a day is: from 17:00 to 17:00 New York, Monday to Friday. */
  readonly day: 'fx-day-17:00-new-york';
  /** Standard deviations divide by n − 1. */
  readonly deviation: 'sample';
}

/** The conventions used where a caller does not say otherwise. */
export const DEFAULT_CONVENTIONS: PerformanceConventions = {
  periodsPerYear: 252,
  riskFreeRate: 0,
  minimumAcceptableReturn: 0,
  day: 'fx-day-17:00-new-york',
  deviation: 'sample',
};

/** The calendar year of annual growth. */
export const YEAR_MS = 365.25 * DAY_MS;

/** Below this many daily returns a Sharpe-type ratio is mostly luck and is not given. */
export const MINIMUM_RETURNS = 30;

/** Below this many daily returns not one of them is expected in a 5 % tail. */
export const MINIMUM_TAIL_RETURNS = 20;

/** Below this many trades no system quality number is given. */
export const MINIMUM_TRADES = 30;
