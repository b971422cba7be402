/** What of a backtest's result is stored. */

import type { BacktestResult, BacktestTrade } from '../core/backtest/backtest-result.ts';
import type { BacktestReport } from './backtest-report-store.ts';

/** Returns the report that is stored of a result. */
export function reportOf(result: BacktestResult): BacktestReport {
  const { metrics, trades, denials, cancellations, closedMarket } = result;
  return {
    quotes: result.quotes,
    balance: result.balance,
    equity: result.equity,
    metrics,
    longestDrawdownIsOpen: metrics.longestDrawdownIsOpen,
    worstMae: extreme(trades, ({ mae }) => mae, Math.min),
    bestMfe: extreme(trades, ({ mfe }) => mfe, Math.max),
    costs: metrics.costs,
    denials,
    cancellations,
    closedMarket,
    deniedOrders: Object.values(denials).reduce((sum, count) => sum + count, 0),
    // How many daily returns there were belongs to how the figures came about.
    conventions: { ...metrics.conventions, dailyReturns: metrics.dailyReturns },
    trades,
    curve: result.equityCurve,
  };
}

function extreme(
  trades: readonly BacktestTrade[],
  valueOf: (trade: BacktestTrade) => number,
  choose: (a: number, b: number) => number,
): number | null {
  return trades
    .map(valueOf)
    .reduce<number | null>((found, value) => (found === null ? value : choose(found, value)), null);
}
