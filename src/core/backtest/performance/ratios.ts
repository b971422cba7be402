/** What was earned for the risk that was taken. */

import { DAY_MS } from '../../domain/trading-calendar.ts';
import { MINIMUM_RETURNS, YEAR_MS } from './conventions.ts';
import type { PerformanceConventions } from './conventions.ts';
import type { DailySeries } from './daily-series.ts';
import { summarizeDrawdown } from './drawdown.ts';
import type { DrawdownMetrics } from './drawdown.ts';
import { compoundAnnualReturn } from './growth.ts';
import type { GrowthMetrics } from './growth.ts';
import { mean, ratio, sampleDeviation, sum } from './statistics.ts';
import { fitLogEquity } from './trend.ts';

// The shortest three calendar years.
const THREE_YEARS_MS = 3 * 365 * DAY_MS;

/** Ratios are annual where a year is part of them. Sharpe-type ratios are null below 30 daily returns. */
export interface RatioMetrics {
  /** (m − r_f/P)/s · √P (Sharpe 1994), s with n − 1. */
  readonly sharpe: number | null;
  /** (m − MAR/P)/d · √P, d the root mean square shortfall over all days (Sortino & Price 1994). */
  readonly sortino: number | null;
  /** CAGR over the deepest drawdown of the whole run. */
  readonly calmar: number | null;
  /** The same over the last 36 months, by daily points (Young 1991); null for a shorter run. */
  readonly calmar36Months: number | null;
  /** CAGR over the deepest drawdown of the full life, which is what `calmar` is here. */
  readonly mar: number | null;
  /** Ulcer performance index: CAGR over the ulcer index (Martin & McCann 1989). */
  readonly martin: number | null;
  /** Net profit over the deepest fall in money. */
  readonly recoveryFactor: number | null;
  /** R² of the straight line through the cumulative log returns. */
  readonly stability: number | null;
  /** Kestner's K-ratio in the form of 2013: slope of that line · √P / (its standard error · n). */
  readonly kRatio: number | null;
}

/** Returns the ratios of a run. */
export function measureRatios(
  series: DailySeries,
  growth: GrowthMetrics,
  drawdown: DrawdownMetrics,
  conventions: PerformanceConventions,
): RatioMetrics {
  const annualize = (value: number | null): number | null =>
    value === null ? null : value * Math.sqrt(conventions.periodsPerYear);
  const calmar = ratio(growth.cagr, drawdown.maxDrawdown);
  const trend = fitLogEquity(series.returns);
  return {
    sharpe: annualize(dailySharpe(series.returns, conventions)),
    sortino: annualize(dailySortino(series.returns, conventions)),
    calmar,
    calmar36Months: calmarOfLastYears(series),
    mar: calmar,
    martin: ratio(growth.cagr, drawdown.ulcerIndex),
    recoveryFactor: ratio(growth.netProfit, drawdown.maxDrawdownMoney),
    stability: trend?.determination ?? null,
    kRatio: annualize(ratio(trend?.slopePerError ?? null, series.returns.length)),
  };
}

/** Returns the Sharpe ratio of one day, not annual; null below 30 returns or without variation. */
export function dailySharpe(returns: readonly number[], conventions: PerformanceConventions): number | null {
  const excess = meanAbove(returns, conventions.riskFreeRate / conventions.periodsPerYear);
  return returns.length < MINIMUM_RETURNS ? null : ratio(excess, sampleDeviation(returns));
}

function dailySortino(returns: readonly number[], conventions: PerformanceConventions): number | null {
  if (returns.length < MINIMUM_RETURNS) return null;
  const target = conventions.minimumAcceptableReturn / conventions.periodsPerYear;
  const squares = returns.map((value) => Math.min(value - target, 0) ** 2);
  return ratio(meanAbove(returns, target), Math.sqrt(sum(squares) / returns.length));
}

function meanAbove(returns: readonly number[], level: number): number | null {
  const average = mean(returns);
  return average === null ? null : average - level;
}

function calmarOfLastYears({ equity, times }: DailySeries): number | null {
  const endsAt = times.at(-1) ?? 0;
  const from = times.findLastIndex((at) => at <= endsAt - THREE_YEARS_MS);
  const startEquity = equity[from] ?? 0;
  if (startEquity <= 0) return null;
  const years = (endsAt - (times[from] ?? 0)) / YEAR_MS;
  const cagr = compoundAnnualReturn(ratio(equity.at(-1) ?? 0, startEquity), years);
  return ratio(cagr, summarizeDrawdown(times.slice(from), equity.slice(from), endsAt).maximumFraction);
}
