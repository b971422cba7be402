/** Reports of backtests: metrics, trades and equity curve. */

import { BacktestResultsRecord } from '../entities/index.ts';
import { PAPER_INSTRUMENTS } from '../core/domain/paper-instruments.ts';
import { formatMoney } from '../core/domain/money.ts';
import { present } from '../core/shared/assert.ts';
import {
  moneyFrom,
  moneyText,
  optionalMoneyFrom,
  pointsFrom,
  priceText,
  unitsColumns,
  unitsFrom,
} from '../persistence/column-values.ts';
import { AMOUNT_FIELDS, byField, byName, COUNT_FIELDS, RATIO_FIELDS } from './backtest-report-fields.ts';
import { readBuilder } from '../persistence/query-builder.ts';
import type { Trade } from '../core/domain/trade.ts';
import type { ClosedMarketCounts } from '../core/domain/closed-market-counts.ts';
import type { StoredMetrics } from './backtest-report-fields.ts';
import type { Orm } from '../persistence/orm.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';

/** What the account gained at the prices, and what each cost took of it; ten-thousandths, positive was paid. */
export interface StoredCosts {
  readonly gross: number;
  readonly spread: number;
  readonly slippage: number;
  readonly commission: number;
  readonly financing: number;
  readonly conversion: number;
}

/** A backtest's numbers, without trades and curve. Money in ten-thousandths of the account's currency. */
export interface StoredResults {
  readonly balance: number;
  readonly equity: number;
  readonly metrics: StoredMetrics;
  readonly longestDrawdownIsOpen: boolean;
  readonly worstMae: number | null;
  readonly bestMfe: number | null;
  readonly costs: StoredCosts;
  readonly deniedOrders: number;
  /** How many orders each rule denied, by its code; null in reports made before this was kept. */
  readonly denials: Readonly<Record<string, number>> | null;
  /** How many orders the exchange cancelled for a reason of its own; null likewise. */
  readonly cancellations: Readonly<Record<string, number>> | null;
  /** Signals that met a closed market, by what became of them; null likewise. */
  readonly closedMarket: ClosedMarketCounts | null;
  /** The conventions behind the metrics. */
  readonly conventions: Readonly<Record<string, unknown>>;
}

/** A trade of a backtest with its worst and best open result. */
export type StoredBacktestTrade = Omit<
  Trade,
  'transactionId' | 'brokerPositionId' | 'closingOrderId' | 'strategyId'
> & {
  readonly mae: number;
  readonly mfe: number;
};

/** One point of an equity curve: UTC ms and ten-thousandths. */
export interface CurvePoint {
  readonly at: number;
  readonly equity: number;
}

/** Everything that is stored of a finished backtest. */
export interface BacktestReport extends StoredResults {
  readonly quotes: number;
  readonly trades: readonly StoredBacktestTrade[];
  readonly curve: readonly CurvePoint[];
}

/** A stretch of a backtest's trades, in the order in which they closed. */
export interface TradePage {
  readonly limit: number;
  /** The ordinal of the last trade of the page before. */
  readonly after: number | undefined;
}

/** Trades in one statement: eighteen values each, and a statement takes 65,535. */
const TRADES_A_STATEMENT = 2_000;

/** Reports in the database. Everything is asked for by owner. */
export class BacktestReportStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** The numbers of a user's backtest, or undefined when it has no report. */
  async resultsOf(userId: string, backtestId: string): Promise<StoredResults | undefined> {
    const record = await this.#orm.em
      .fork()
      .findOne(
        BacktestResultsRecord,
        { backtest: { id: backtestId, user: userId } },
        { exclude: ['equity'] },
      );
    return record ? toResults(record) : undefined;
  }

  /** The equity curve of a user's backtest, or undefined when it has no report. */
  async curveOf(userId: string, backtestId: string): Promise<readonly CurvePoint[] | undefined> {
    const row = await readBuilder(this.#orm)
      .selectFrom('backtest_results')
      .innerJoin('backtests', 'backtests.id', 'backtest_results.backtest_id')
      .select('backtest_results.equity')
      .where('backtests.user_id', '=', userId)
      .where('backtests.id', '=', backtestId)
      .executeTakeFirst();
    return row?.equity.map(toPoint);
  }

  /** Trades of a user's backtest with their ordinals, from the first that closed on. */
  async tradesOf(
    userId: string,
    backtestId: string,
    { limit, after }: TradePage,
  ): Promise<readonly (StoredBacktestTrade & { readonly ordinal: number })[]> {
    const rows = await selectTrades(readBuilder(this.#orm))
      .where('backtests.user_id', '=', userId)
      .where('backtests.id', '=', backtestId)
      .where('backtest_trades.ordinal', '>', after ?? -1)
      .orderBy('backtest_trades.ordinal')
      .limit(limit)
      .execute();
    return rows.map(toTrade);
  }
}

interface ReportedBacktest {
  readonly id: string;
  readonly instrument: string;
}

/** Writes the report of a backtest inside the transaction that completes it. */
export async function writeReport(
  em: Orm['em'],
  backtest: ReportedBacktest,
  report: BacktestReport,
): Promise<void> {
  em.create(BacktestResultsRecord, { backtest: backtest.id, ...resultFields(report) });
  const db: QueryBuilder = em.getKysely();
  for (let first = 0; first < report.trades.length; first += TRADES_A_STATEMENT) {
    const trades = report.trades.slice(first, first + TRADES_A_STATEMENT);
    const rows = trades.map((trade, index) => tradeRow(backtest, first + index, trade));
    await db.insertInto('backtest_trades').values(rows).execute();
  }
}

function resultFields({ metrics, costs, ...report }: BacktestReport) {
  return {
    finalBalance: formatMoney(report.balance),
    finalEquity: formatMoney(report.equity),
    ...byField(RATIO_FIELDS, (name) => metrics[name]),
    ...byField(AMOUNT_FIELDS, (name) => moneyText(metrics[name] ?? undefined)),
    ...byField(COUNT_FIELDS, (name) => metrics[name]),
    drawdownIsOpen: report.longestDrawdownIsOpen,
    worstMae: moneyText(report.worstMae ?? undefined),
    bestMfe: moneyText(report.bestMfe ?? undefined),
    grossProfit: formatMoney(costs.gross),
    spreadCost: formatMoney(costs.spread),
    slippage: formatMoney(costs.slippage),
    commission: formatMoney(costs.commission),
    financing: formatMoney(costs.financing),
    conversionCost: formatMoney(costs.conversion),
    deniedOrders: report.deniedOrders,
    denials: report.denials,
    cancellations: report.cancellations,
    closedMarket: report.closedMarket,
    metricsConventions: report.conventions,
    equity: report.curve.map(({ at, equity }) => [at, equity]),
  };
}

function tradeRow(backtest: ReportedBacktest, ordinal: number, trade: StoredBacktestTrade) {
  const instrument = PAPER_INSTRUMENTS.named(trade.instrument);
  return {
    backtest_id: backtest.id,
    ordinal,
    instrument: trade.instrument === backtest.instrument ? null : trade.instrument,
    side: trade.side,
    ...unitsColumns({ units: trade.units }),
    entry_price: priceText(instrument, trade.entryPrice) ?? '',
    exit_price: priceText(instrument, trade.exitPrice) ?? '',
    realized_pnl: formatMoney(trade.realizedPnl),
    spread_cost: formatMoney(trade.spreadCost),
    commission: formatMoney(trade.commission),
    financing: formatMoney(trade.financing),
    slippage: formatMoney(trade.slippageCost),
    conversion_cost: formatMoney(trade.conversionCost),
    mae: formatMoney(trade.mae),
    mfe: formatMoney(trade.mfe),
    exit_reason: trade.exitReason,
    opened_at: new Date(trade.openedAt),
    closed_at: new Date(trade.closedAt),
  };
}

function selectTrades(db: QueryBuilder) {
  return db
    .selectFrom('backtest_trades')
    .innerJoin('backtests', 'backtests.id', 'backtest_trades.backtest_id')
    .selectAll('backtest_trades')
    .select('backtests.instrument as own_instrument');
}

type TradeRow = Awaited<ReturnType<ReturnType<typeof selectTrades>['execute']>>[number];

function toResults(record: Omit<BacktestResultsRecord, 'equity' | symbol>): StoredResults {
  return {
    balance: moneyFrom(record.finalBalance ?? '0'),
    equity: moneyFrom(record.finalEquity ?? '0'),
    metrics: {
      ...byName(RATIO_FIELDS, (name) => ratioFrom(record[RATIO_FIELDS[name]])),
      ...byName(AMOUNT_FIELDS, (name) => optionalMoneyFrom(record[AMOUNT_FIELDS[name]]) ?? null),
      ...byName(COUNT_FIELDS, (name) => record[COUNT_FIELDS[name]]),
    },
    longestDrawdownIsOpen: record.drawdownIsOpen ?? false,
    worstMae: optionalMoneyFrom(record.worstMae) ?? null,
    bestMfe: optionalMoneyFrom(record.bestMfe) ?? null,
    costs: {
      gross: moneyFrom(record.grossProfit ?? '0'),
      spread: moneyFrom(record.spreadCost ?? '0'),
      slippage: moneyFrom(record.slippage ?? '0'),
      commission: moneyFrom(record.commission ?? '0'),
      financing: moneyFrom(record.financing ?? '0'),
      conversion: moneyFrom(record.conversionCost ?? '0'),
    },
    deniedOrders: record.deniedOrders,
    denials: record.denials,
    cancellations: record.cancellations,
    closedMarket: record.closedMarket,
    conventions: record.metricsConventions,
  };
}

/** The ORM's type of a double allows for text; the driver gives numbers. */
function ratioFrom(value: number | string | null): number | null {
  return value === null ? null : Number(value);
}

/** A point is a pair in the column, so that two thousand of them stay small. */
function toPoint(pair: unknown): CurvePoint {
  const [at, equity] = isList(pair) ? pair.filter((value) => typeof value === 'number') : [];
  return { at: present(at, 'the time of a point'), equity: present(equity, 'the equity of a point') };
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function toTrade(row: TradeRow): StoredBacktestTrade & { readonly ordinal: number } {
  const instrument = PAPER_INSTRUMENTS.named(row.instrument ?? row.own_instrument);
  return {
    ordinal: row.ordinal,
    instrument: instrument.name,
    side: row.side,
    units: unitsFrom(row, row.units),
    entryPrice: pointsFrom(instrument, row.entry_price) ?? 0,
    exitPrice: pointsFrom(instrument, row.exit_price) ?? 0,
    realizedPnl: moneyFrom(row.realized_pnl),
    spreadCost: moneyFrom(row.spread_cost),
    commission: moneyFrom(row.commission),
    financing: moneyFrom(row.financing),
    slippageCost: moneyFrom(row.slippage),
    conversionCost: moneyFrom(row.conversion_cost),
    mae: moneyFrom(row.mae),
    mfe: moneyFrom(row.mfe),
    exitReason: row.exit_reason,
    openedAt: row.opened_at.getTime(),
    closedAt: row.closed_at.getTime(),
  };
}
