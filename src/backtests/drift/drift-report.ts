/** The drift report: what a strategy would have done on a trading day, by a backtest on the quotes that were recorded, beside what it did. */

import { setImmediate } from 'node:timers/promises';
import { neededConversions } from '../../core/backtest/backtest-instruments.ts';
import { tradedInstruments } from '../../core/backtest/backtest-spec.ts';
import { netResult } from '../../core/domain/trade.ts';
import { DAY_MS, HOUR_MS, tradingDayStart } from '../../core/domain/trading-calendar.ts';
import { Problem } from '../../core/shared/problem.ts';
import { findStrategyType } from '../../core/strategies/registry.ts';
import { planBacktest } from '../plan-backtest.ts';
import { runStoredBacktest } from '../run-stored-backtest.ts';
import { compareTrades } from './compare-trades.ts';
import { DriftFacts } from './drift-facts.ts';
import type { BacktestResult } from '../../core/backtest/backtest-result.ts';
import type { PriceGap, RecordingStore } from '../../prices/recording/recording-store.ts';
import type { PriceSeriesStore } from '../../prices/series/price-series-store.ts';
import type { AccountStore, StoredAccount } from '../../trading/accounts/account-store.ts';
import type { EquityStore } from '../../trading/equity/equity-store.ts';
import type { StoredStrategy, StrategyStore } from '../../trading/strategies/strategy-store.ts';
import type { ComparedPair, DriftPart } from './compare-trades.ts';
import type { DriftFactsStores } from './drift-facts.ts';

export interface DriftStores extends DriftFactsStores {
  readonly strategies: StrategyStore;
  readonly accounts: AccountStore;
  readonly equity: EquityStore;
  readonly priceSeries: PriceSeriesStore;
  readonly recordings: RecordingStore;
}

/** One side of the comparison: the net result of what was closed (ten-thousandths), how many trades that were, and what was open at the end. */
export interface DriftSide {
  readonly result: number;
  readonly trades: number;
  readonly openPositions: number;
}

/** Times are UTC ms, money is ten-thousandths. `parts` has the sum of each cause; together they are `real.result` less `expected.result`. */
export interface DriftReport {
  readonly strategy: StoredStrategy;
  readonly account: StoredAccount;
  readonly from: number;
  readonly until: number;
  readonly openingBalance: number;
  readonly quotes: number;
  readonly gaps: readonly PriceGap[];
  readonly expected: DriftSide;
  readonly real: DriftSide;
  readonly parts: readonly DriftPart[];
  readonly pairs: readonly ComparedPair[];
  /** What the risk rules denied in the backtest, by code. */
  readonly denials: BacktestResult['denials'];
}

/** Hours of the equity history that are looked at for the balance before the day: a long weekend. */
const BALANCE_FROM_MS = 7 * DAY_MS;

/** Makes the report of a strategy and of the trading day that ends at 17:00 New York on a date, `2026-03-02`. Throws a Problem when it cannot. */
export async function driftReport(
  stores: DriftStores,
  strategy: StoredStrategy,
  date: string,
): Promise<DriftReport> {
  const account = await stores.accounts.find(strategy.accountId);
  if (!account) throw new Problem('not-found', 'The account of the strategy is gone.');
  const day = dayOf(date);
  const from = startOf(strategy, day);
  const openingBalance = await balanceBefore(stores, account, from);
  const recorded = await recordedSeries(stores, strategy, account);
  const plan = await planBacktest(
    stores.priceSeries,
    {
      strategyType: strategy.strategyType,
      parameters: strategy.parameters,
      instrument: strategy.instrument,
      series: recorded.idsByInstrument,
      ...(await coveredPart(stores, recorded.ownId, { from, until: day.until }, strategy.instrument)),
      currency: account.currency,
      initialBalance: openingBalance,
      limits: account.limits,
      hedging: account.hedging,
    },
    account.userId,
  );
  const { spec } = plan;
  const result = await runStoredBacktest(stores.priceSeries, plan, othersFirst);
  const gaps = (await stores.recordings.gapsOf(recorded.ownId, spec.from)).filter(
    (gap) => gap.from < spec.until,
  );
  const facts = await DriftFacts.read(stores, { strategy, userId: account.userId, range: spec, gaps });
  const pairs = compareTrades(result.trades, facts.trades, facts);
  return {
    strategy,
    account,
    from: spec.from,
    until: spec.until,
    openingBalance,
    quotes: result.quotes,
    gaps,
    expected: sideOf(result.trades, result.openPositions),
    real: sideOf(facts.trades, facts.openPositions),
    parts: sumsOf(pairs),
    pairs,
    denials: result.denials,
  };
}

/** Between two chunks of prices the process does what else it has to do: trade, and answer. */
async function othersFirst(): Promise<void> {
  await setImmediate();
}

interface Day {
  readonly from: number;
  readonly until: number;
}

function dayOf(date: string): Day {
  const midnight = Date.parse(date);
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date)) {
    throw new Problem('invalid-request', 'The query is not valid.', {
      errors: [{ pointer: '/date', detail: 'must be a date of the calendar, such as 2026-03-02' }],
    });
  }
  // 23:00 UTC is after 17:00 and before midnight of that date in New York.
  const until = tradingDayStart(midnight + 23 * HOUR_MS);
  return { from: tradingDayStart(until - 1), until };
}

/** A strategy that was started in the course of the day saw nothing of it before. */
function startOf({ startedAt }: StoredStrategy, { from, until }: Day): number {
  return startedAt !== undefined && startedAt > from && startedAt < until ? startedAt : from;
}

async function balanceBefore(stores: DriftStores, account: StoredAccount, at: number): Promise<number> {
  const range = { accountId: account.id, from: at - BALANCE_FROM_MS, until: at };
  const points = await stores.equity.find({ ...range, resolution: 'H1' });
  const balance = points.at(-1)?.balance ?? account.initialBalance ?? account.snapshot?.balance;
  if (balance !== undefined) return balance;
  throw new Problem('not-found', 'The balance at the beginning of that day is not known.');
}

/** The recorded series of the instrument, of others that the strategy trades, and of pairs that convert. */
async function recordedSeries(
  stores: DriftStores,
  { strategyType, parameters, instrument }: StoredStrategy,
  { id: accountId, currency }: StoredAccount,
) {
  const type = findStrategyType(strategyType);
  const traded = type ? tradedInstruments({ parameters, instrument }, type) : [instrument];
  const converting = neededConversions(traded, currency).flatMap(({ ways }) => ways[0] ?? []);
  const idsByInstrument: Record<string, string> = {};
  for (const name of new Set([...traded, ...converting])) {
    const id = await stores.recordings.findSeriesId(accountId, name);
    if (id !== undefined) idsByInstrument[name] = id;
  }
  const ownId = idsByInstrument[instrument];
  if (ownId === undefined) throw notRecorded(instrument);
  return { ownId, idsByInstrument };
}

/** Returns the day as far as it is recorded; refuses one that is not at all. */
async function coveredPart(
  { priceSeries }: DriftStores,
  seriesId: string,
  { from, until }: Day,
  instrument: string,
): Promise<Day> {
  const series = await priceSeries.find(seriesId);
  if (!series || series.rows === 0 || series.endsAt < from || series.startsAt >= until)
    throw notRecorded(instrument);
  return { from, until };
}

function notRecorded(instrument: string): Problem {
  return new Problem(
    'not-found',
    `No quotes of ${instrument} were recorded on the account that day: it was not traded, they are older than RECORDED_QUOTES_DAYS, or "recordQuotes" is false.`,
  );
}

function sideOf(trades: readonly Parameters<typeof netResult>[0][], openPositions: number): DriftSide {
  const result = trades.reduce((sum, trade) => sum + netResult(trade), 0);
  return { result, trades: trades.length, openPositions };
}

/** The sum of each cause and code, the largest first. */
function sumsOf(pairs: readonly ComparedPair[]): readonly DriftPart[] {
  const byCause = Map.groupBy(
    pairs.flatMap(({ parts }) => parts),
    ({ cause, code = '' }) => `${cause} ${code}`,
  );
  return [...byCause.values()]
    .flatMap((parts) => {
      const amount = parts.reduce((sum, part) => sum + part.amount, 0);
      return parts.slice(0, 1).map((part) => ({ ...part, amount }));
    })
    .toSorted((one, other) => Math.abs(other.amount) - Math.abs(one.amount));
}
