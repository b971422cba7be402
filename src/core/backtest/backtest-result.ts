/** The report of a backtest. Everything in it is a function of spec and prices: no clock, no random ids. */

import { midPoints } from '../domain/quote.ts';
import { ENGINE_VERSION } from './engine-version.ts';
import { measurePerformance } from './performance.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { ClosedMarketCounts } from '../domain/closed-market-counts.ts';
import type { Quote } from '../domain/quote.ts';
import type { BacktestSpec } from './backtest-spec.ts';
import type { BacktestTrade } from './lot-course.ts';
import type { EquityPoint } from './performance/equity-curve.ts';
import type { PerformanceReport } from './performance.ts';
import type { Halt, RunNotes, StrategyFailure } from './run-notes.ts';
import type { RunRecord } from './run-record.ts';

export type { BacktestTrade };

/** Money is ten-thousandths of the account's currency, prices points, times UTC ms. */
export interface BacktestResult {
  readonly engineVersion: string;
  /** The quotes that went through; a candle counts four. */
  readonly quotes: number;
  readonly startsAt: number;
  /** The time of the last quote. */
  readonly endsAt: number;
  readonly initialBalance: number;
  readonly balance: number;
  /** Balance and open result. */
  readonly equity: number;
  /** The result of the positions that were still open, valued at the last quote; part of the equity, of no trade. */
  readonly openPnl: number;
  readonly openPositions: number;
  readonly trades: readonly BacktestTrade[];
  /** At most 2,000 points, open result included. */
  readonly equityCurve: readonly EquityPoint[];
  readonly metrics: PerformanceReport;
  /** How many orders the risk rules denied, by code, in the order of the alphabet. */
  readonly denials: Readonly<Record<string, number>>;
  /** How many orders the exchange cancelled for a reason of its own, by that reason, in the order of the alphabet. */
  readonly cancellations: Readonly<Record<string, number>>;
  /** What the strategy wanted to trade while the market was closed, by what became of it. */
  readonly closedMarket: ClosedMarketCounts;
  /** When the account was halted by a rule, and by which. */
  readonly halts: readonly Halt[];
  /** Set when the strategy threw: it took no part from then on. */
  readonly strategyFailure: StrategyFailure | undefined;
}

/** What a finished run knows. */
export interface FinishedRun {
  readonly spec: BacktestSpec;
  readonly record: RunRecord;
  /** The account at the end. */
  readonly ledger: Ledger;
  readonly quotes: number;
  readonly endsAt: number;
  readonly equity: number;
  /** Of the spec's instrument; undefined when it had no quote of an open market. */
  readonly market: { readonly first: Quote; readonly last: Quote } | undefined;
  /** The last quote of an instrument. */
  readonly quoteOf: (instrument: string) => Quote | undefined;
  readonly notes: RunNotes;
  readonly closedMarket: ClosedMarketCounts;
}

/** Returns the report of a finished run. */
export function makeReport({
  spec,
  record,
  ledger,
  quotes,
  endsAt,
  equity,
  market,
  quoteOf,
  notes,
  closedMarket,
}: FinishedRun): BacktestResult {
  const { balance, openPositions } = ledger;
  return {
    engineVersion: ENGINE_VERSION,
    quotes,
    startsAt: spec.from,
    endsAt,
    initialBalance: spec.initialBalance,
    balance,
    equity,
    openPnl: equity - balance,
    openPositions: openPositions.size,
    trades: record.trades,
    equityCurve: record.curve.points(),
    metrics: measurePerformance({
      ...record.measure(endsAt, { positions: openPositions.values(), quoteOf }),
      market: market && { firstPrice: midPoints(market.first), lastPrice: midPoints(market.last) },
    }),
    denials: notes.denials,
    cancellations: notes.cancellations,
    closedMarket,
    halts: notes.halts,
    strategyFailure: notes.strategyFailure,
  };
}
