/** What was earned: profit, growth a year, and how much the days varied. */

import { YEAR_MS } from './conventions.ts';
import type { PerformanceConventions } from './conventions.ts';
import type { DailySeries } from './daily-series.ts';
import { mean, ratio, sampleDeviation } from './statistics.ts';

/** Money is ten-thousandths of the account's currency; shares are plain (0.05 is 5 %). */
export interface GrowthMetrics {
  readonly startEquity: number;
  readonly endEquity: number;
  /** Deposits less withdrawals, which are no profit. */
  readonly netTransfer: number;
  readonly netProfit: number;
  readonly totalReturn: number | null;
  /** Compound annual growth by the calendar, a year being 365.25 days. */
  readonly cagr: number | null;
  /** Mean daily return times the periods of a year. */
  readonly arithmeticAnnualReturn: number | null;
  /** Standard deviation of daily returns, annual. */
  readonly volatility: number | null;
  /** How many daily returns the daily figures are made of. */
  readonly dailyReturns: number;
}

/** Returns the growth of a run of `durationMs` that ended with `endEquity`. */
export function measureGrowth(
  series: DailySeries,
  endEquity: number,
  durationMs: number,
  conventions: PerformanceConventions,
): GrowthMetrics {
  const startEquity = series.equity[0] ?? 0;
  const growth = ratio(series.equity.at(-1) ?? 0, startEquity);
  const dailyMean = mean(series.returns);
  const deviation = sampleDeviation(series.returns);
  return {
    startEquity,
    endEquity,
    netTransfer: series.netTransfer,
    netProfit: endEquity - startEquity - series.netTransfer,
    totalReturn: growth === null ? null : growth - 1,
    cagr: compoundAnnualReturn(growth, durationMs / YEAR_MS),
    arithmeticAnnualReturn: dailyMean === null ? null : dailyMean * conventions.periodsPerYear,
    volatility: deviation === null ? null : deviation * Math.sqrt(conventions.periodsPerYear),
    dailyReturns: series.returns.length,
  };
}

/** Returns growth^(1/years) − 1, or null for less than a day (too little to project from), for debt, or beyond a double. */
export function compoundAnnualReturn(growth: number | null, years: number): number | null {
  if (growth === null || growth < 0 || years < 1 / 365.25) return null;
  const annual = growth ** (1 / years) - 1;
  return Number.isFinite(annual) ? annual : null;
}
