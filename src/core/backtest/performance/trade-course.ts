/** What the trades went through: how long they lasted, how far they ran each way, how much was turned over. */

import { mean, median, ratio } from './statistics.ts';
import { meanMoney, outcomeOf } from './trades.ts';
import type { PerformanceTrade } from './trades.ts';

/** Money is ten-thousandths, means rounded to whole ones; durations are milliseconds. Means are over the trades where the figure is known. */
export interface TradeCourseMetrics {
  readonly averageHoldingMs: number | null;
  readonly medianHoldingMs: number | null;
  readonly averageWinHoldingMs: number | null;
  readonly medianWinHoldingMs: number | null;
  readonly averageLossHoldingMs: number | null;
  readonly medianLossHoldingMs: number | null;
  /** Mean maximum adverse excursion: the worst open profit, a loss being negative. */
  readonly averageMae: number | null;
  readonly averageMaePips: number | null;
  readonly averageMaeR: number | null;
  /** Mean maximum favourable excursion: the best open profit. */
  readonly averageMfe: number | null;
  readonly averageMfePips: number | null;
  readonly averageMfeR: number | null;
  /** Mean of what was given back between the best open profit and the end. */
  readonly averageGiveBack: number | null;
  /** Traded notional over mean equity, per day. */
  readonly turnoverPerDay: number | null;
}

/** Returns the course of trades over the days that have these end-of-day equities. */
export function measureTradeCourse(
  trades: readonly PerformanceTrade[],
  dailyEquity: readonly number[],
): TradeCourseMetrics {
  const wins = trades.filter((trade) => outcomeOf(trade) === 'win');
  const losses = trades.filter((trade) => outcomeOf(trade) === 'loss');
  const notional = trades.reduce((total, trade) => total + Math.abs(trade.tradedNotional), 0);
  return {
    averageHoldingMs: rounded(mean(holdings(trades))),
    medianHoldingMs: rounded(median(holdings(trades))),
    averageWinHoldingMs: rounded(mean(holdings(wins))),
    medianWinHoldingMs: rounded(median(holdings(wins))),
    averageLossHoldingMs: rounded(mean(holdings(losses))),
    medianLossHoldingMs: rounded(median(holdings(losses))),
    averageMae: meanMoney(known(trades, (trade) => trade.mae)),
    averageMaePips: mean(known(trades, (trade) => ratio(trade.mae, trade.pipValue))),
    averageMaeR: mean(known(trades, (trade) => ratio(trade.mae, trade.initialRisk))),
    averageMfe: meanMoney(known(trades, (trade) => trade.mfe)),
    averageMfePips: mean(known(trades, (trade) => ratio(trade.mfe, trade.pipValue))),
    averageMfeR: mean(known(trades, (trade) => ratio(trade.mfe, trade.initialRisk))),
    averageGiveBack: meanMoney(known(trades, ({ mfe, netPnl }) => (mfe === null ? null : mfe - netPnl))),
    turnoverPerDay: ratio(ratio(notional, mean(dailyEquity)), dailyEquity.length),
  };
}

function holdings(trades: readonly PerformanceTrade[]): number[] {
  return trades.map((trade) => trade.closedAt - trade.openedAt);
}

function known(
  trades: readonly PerformanceTrade[],
  figure: (trade: PerformanceTrade) => number | null,
): number[] {
  return trades.map(figure).filter((value) => value !== null);
}

function rounded(durationMs: number | null): number | null {
  return durationMs === null ? null : Math.round(durationMs);
}
