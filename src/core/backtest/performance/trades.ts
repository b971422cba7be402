/** What the trades brought: how often they won and how much. */

import { bookMoney } from '../../domain/money.ts';
import { MINIMUM_TRADES } from './conventions.ts';
import { largest, mean, ratio, sampleDeviation, sum } from './statistics.ts';

/** A completed round trip, as the metrics see it. Money is ten-thousandths of the account's currency, times UTC milliseconds. */
export interface PerformanceTrade {
  readonly openedAt: number;
  readonly closedAt: number;
  /** After all costs. */
  readonly netPnl: number;
  /** |entry − first stop| × units × conversion; null for a trade without a stop. */
  readonly initialRisk: number | null;
  /** Worst open profit while it was open, a loss being negative; null when not observed. */
  readonly mae: number | null;
  /** Best open profit while it was open; null when not observed. */
  readonly mfe: number | null;
  /** What was bought and sold: the value at entry plus the value at exit, positive. */
  readonly tradedNotional: number;
  /** What one pip is worth for the trade's units, not rounded; null when unknown. */
  readonly pipValue: number | null;
}

/** Money is ten-thousandths, means rounded to whole ones; shares are plain (0.5 is half). */
export interface TradeMetrics {
  readonly trades: number;
  readonly wins: number;
  readonly losses: number;
  /** Trades within half a cent of zero: counted among the trades, but neither won nor lost. */
  readonly breakEvens: number;
  /** Wins over wins and losses. */
  readonly winRate: number | null;
  /** Money won over money lost. */
  readonly profitFactor: number | null;
  /** Mean win over the size of the mean loss. */
  readonly payoff: number | null;
  readonly averageWin: number | null;
  readonly averageLoss: number | null;
  readonly largestWin: number | null;
  readonly largestLoss: number | null;
  /** Mean result of a trade, break-evens included. */
  readonly expectancy: number | null;
  /** Mean result in units of the initial risk, over the trades that had a stop. */
  readonly expectancyR: number | null;
  /** (1 + payoff) · win rate − 1. */
  readonly expectancyRatio: number | null;
  /** √N · mean/deviation of results in money, all trades; null below 30. */
  readonly systemQuality: number | null;
  /** The same of R multiples, N capped at 100 (Tharp 2008); null below 30 trades with a stop. */
  readonly systemQualityR: number | null;
  /** W − (1 − W)/payoff: the share of capital to stake (Kelly 1956). */
  readonly kelly: number | null;
  /** The longest runs of wins and of losses; a break-even neither ends nor lengthens one. */
  readonly maxConsecutiveWins: number;
  readonly maxConsecutiveLosses: number;
}

// Half a cent: less is rounding of the account's currency, not a result.
const BREAK_EVEN_BELOW = 50;
const MOST_TRADES_IN_QUALITY = 100;

/** Returns whether a trade won or lost at least half a cent, or broke even. */
export function outcomeOf({ netPnl }: PerformanceTrade): 'win' | 'loss' | 'break-even' {
  if (Math.abs(netPnl) < BREAK_EVEN_BELOW) return 'break-even';
  return netPnl > 0 ? 'win' : 'loss';
}

/** Returns the results of trades in the order in which they closed. */
export function measureTrades(trades: readonly PerformanceTrade[]): TradeMetrics {
  const results = trades.map((trade) => trade.netPnl);
  const wins = resultsWith('win', trades);
  const losses = resultsWith('loss', trades);
  const multiples = riskMultiples(trades);
  const winRate = ratio(wins.length, wins.length + losses.length);
  const payoff = ratio(mean(wins), negated(mean(losses)));
  return {
    trades: trades.length,
    wins: wins.length,
    losses: losses.length,
    breakEvens: trades.length - wins.length - losses.length,
    winRate,
    profitFactor: ratio(sum(wins), Math.abs(sum(losses))),
    payoff,
    averageWin: meanMoney(wins),
    averageLoss: meanMoney(losses),
    largestWin: largest(wins),
    largestLoss: negated(largest(losses.map((loss) => -loss))),
    expectancy: meanMoney(results),
    expectancyR: mean(multiples),
    expectancyRatio: winRate === null || payoff === null ? null : (1 + payoff) * winRate - 1,
    systemQuality: systemQuality(results, results.length),
    systemQualityR: systemQuality(multiples, Math.min(multiples.length, MOST_TRADES_IN_QUALITY)),
    kelly: kelly(winRate, payoff),
    maxConsecutiveWins: longestRun('win', trades),
    maxConsecutiveLosses: longestRun('loss', trades),
  };
}

/** Returns the mean of amounts in whole ten-thousandths, or null for none. */
export function meanMoney(amounts: readonly number[]): number | null {
  const average = mean(amounts);
  return average === null ? null : bookMoney(average);
}

function resultsWith(outcome: 'win' | 'loss', trades: readonly PerformanceTrade[]): number[] {
  return trades.filter((trade) => outcomeOf(trade) === outcome).map((trade) => trade.netPnl);
}

/** Results in units of what was first at risk. A trade without a stop has none. */
function riskMultiples(trades: readonly PerformanceTrade[]): number[] {
  return trades
    .map(({ netPnl, initialRisk }) => ratio(netPnl, initialRisk))
    .filter((multiple) => multiple !== null);
}

function systemQuality(results: readonly number[], counted: number): number | null {
  if (results.length < MINIMUM_TRADES) return null;
  const quality = ratio(mean(results), sampleDeviation(results));
  return quality === null ? null : Math.sqrt(counted) * quality;
}

function kelly(winRate: number | null, payoff: number | null): number | null {
  const risked = winRate === null ? null : ratio(1 - winRate, payoff);
  return winRate === null || risked === null ? null : winRate - risked;
}

function longestRun(outcome: 'win' | 'loss', trades: readonly PerformanceTrade[]): number {
  let longest = 0;
  let current = 0;
  for (const trade of trades) {
    const found = outcomeOf(trade);
    if (found === 'break-even') continue;
    current = found === outcome ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return longest;
}

function negated(value: number | null): number | null {
  return value === null ? null : -value;
}
