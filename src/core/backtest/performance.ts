/** The one place where performance is measured, for backtests and for live accounts alike. */

import { measureConfidence } from './performance/confidence.ts';
import type { ConfidenceMetrics, Trials } from './performance/confidence.ts';
import { DEFAULT_CONVENTIONS } from './performance/conventions.ts';
import type { PerformanceConventions } from './performance/conventions.ts';
import { measureCosts } from './performance/costs.ts';
import type { CostLines, CostMetrics } from './performance/costs.ts';
import type { DailyEquityPoint } from './performance/daily-equity.ts';
import { toDailySeries } from './performance/daily-series.ts';
import { measureDistribution } from './performance/distribution.ts';
import type { DistributionMetrics } from './performance/distribution.ts';
import { measureDrawdown, summarizeDrawdown } from './performance/drawdown.ts';
import type { DrawdownMetrics } from './performance/drawdown.ts';
import type { DrawdownSummary } from './performance/drawdown-tracker.ts';
import { measureGrowth } from './performance/growth.ts';
import type { GrowthMetrics } from './performance/growth.ts';
import { measureRatios } from './performance/ratios.ts';
import type { RatioMetrics } from './performance/ratios.ts';
import { ratio } from './performance/statistics.ts';
import { measureTradeCourse } from './performance/trade-course.ts';
import type { TradeCourseMetrics } from './performance/trade-course.ts';
import { measureTrades } from './performance/trades.ts';
import type { PerformanceTrade, TradeMetrics } from './performance/trades.ts';

/** What is known of a run. Money is ten-thousandths of the account's currency, times are UTC milliseconds. */
export interface PerformanceInput {
  readonly startsAt: number;
  readonly endsAt: number;
  /** Positive. */
  readonly startEquity: number;
  /** One point per FX day, in order of time, as `DailyEquity` samples them; the last holds the equity at the end. */
  readonly daily: readonly DailyEquityPoint[];
  /** From a `DrawdownTracker` fed at every change of equity; without it the daily points are used. */
  readonly equityDrawdown?: DrawdownSummary | undefined;
  /** From a `DrawdownTracker` fed at every change of the balance. */
  readonly balanceDrawdown?: DrawdownSummary | undefined;
  /** In the order in which they closed. */
  readonly trades: readonly PerformanceTrade[];
  /** How long any position was open while the market was, and how long the market was open. */
  readonly exposureMs: number;
  readonly marketOpenMs: number;
  readonly costs: CostLines;
  /** The first and the last price of the instrument, in any one unit. */
  readonly market?: { readonly firstPrice: number; readonly lastPrice: number } | undefined;
  /** The search this strategy was picked from. */
  readonly trials?: Trials | undefined;
  readonly conventions?: Partial<PerformanceConventions> | undefined;
}

/** Every metric, with the conventions it was computed by. Null means undefined here: too few data, or a zero or tiny denominator. */
export interface PerformanceReport
  extends
    GrowthMetrics,
    DrawdownMetrics,
    RatioMetrics,
    ConfidenceMetrics,
    DistributionMetrics,
    TradeMetrics,
    TradeCourseMetrics {
  /** Time with any open position over the time the market was open. */
  readonly exposure: number | null;
  /** What holding the instrument would have changed: last price over first − 1. */
  readonly marketChange: number | null;
  readonly costs: CostMetrics;
  readonly conventions: PerformanceConventions;
}

/** Returns the report of a run. */
export function measurePerformance(input: PerformanceInput): PerformanceReport {
  const conventions = { ...DEFAULT_CONVENTIONS, ...input.conventions };
  const series = toDailySeries(input.startsAt, input.startEquity, input.daily);
  const endEquity = input.daily.at(-1)?.equity ?? input.startEquity;
  const growth = measureGrowth(series, endEquity, input.endsAt - input.startsAt, conventions);
  const equityDrawdown = input.equityDrawdown ?? summarizeDrawdown(series.times, series.equity, input.endsAt);
  const drawdown = measureDrawdown(series, equityDrawdown, input.balanceDrawdown);
  const dailyEquity = input.daily.map((point) => point.equity);
  return {
    ...growth,
    ...drawdown,
    ...measureRatios(series, growth, drawdown, conventions),
    ...measureConfidence(series, conventions, input.trials),
    ...measureDistribution(series.returns),
    ...measureTrades(input.trades),
    ...measureTradeCourse(input.trades, dailyEquity),
    exposure: ratio(input.exposureMs, input.marketOpenMs),
    marketChange: marketChange(input.market),
    costs: measureCosts(input.costs, growth.netProfit),
    conventions,
  };
}

function marketChange(market: PerformanceInput['market']): number | null {
  const growth = market === undefined ? null : ratio(market.lastPrice, market.firstPrice);
  return growth === null ? null : growth - 1;
}
