/** The report of a backtest for machines: a function of spec and prices alone, so that two runs give the same bytes. */

import { formatPrice } from '../../core/domain/instrument.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { formatMoney } from '../../core/domain/money.ts';
import { costsView } from '../terms/cost-values.ts';
import { limitsView } from '../terms/limit-values.ts';
import { netResult } from '../../core/domain/trade.ts';
import type { BacktestResult, BacktestTrade } from '../../core/backtest/backtest-result.ts';
import type { BacktestSpec } from '../../core/backtest/backtest-spec.ts';

/** Metrics that are money; all others are numbers as they are. */
const AMOUNTS: ReadonlySet<string> = new Set([
  'startEquity',
  'endEquity',
  'netTransfer',
  'netProfit',
  'maxDrawdownMoney',
  'maxBalanceDrawdownMoney',
  'averageWin',
  'averageLoss',
  'largestWin',
  'largestLoss',
  'expectancy',
  'averageMae',
  'averageMfe',
  'averageGiveBack',
]);

/** What ran, on which prices. */
export interface ReportedRun {
  readonly spec: BacktestSpec;
  readonly series: readonly { readonly instrument: string; readonly id: string }[];
}

/** Returns the report as one JSON document and a line break, in the words of the API. Money and prices are decimal text, times RFC 3339. */
export function backtestJson({ spec, series }: ReportedRun, result: BacktestResult): string {
  const { costs, ...metrics } = result.metrics;
  const report = {
    spec: specJson(spec),
    series: Object.fromEntries(series.map(({ instrument, id }) => [instrument, id])),
    engineVersion: result.engineVersion,
    quotes: result.quotes,
    startsAt: timestamp(result.startsAt),
    endsAt: timestamp(result.endsAt),
    finalBalance: formatMoney(result.balance),
    finalEquity: formatMoney(result.equity),
    openResult: formatMoney(result.openPnl),
    openPositions: result.openPositions,
    metrics: mapValues({ ...metrics }, (name, value) =>
      AMOUNTS.has(name) && typeof value === 'number' ? formatMoney(value) : value,
    ),
    costs: mapValues({ ...costs }, (_, value) => formatMoney(value)),
    deniedOrders: Object.values(result.denials).reduce((sum, count) => sum + count, 0),
    denials: result.denials,
    cancellations: result.cancellations,
    closedMarket: result.closedMarket,
    halts: result.halts.map(({ at, code }) => ({ at: timestamp(at), code })),
    trades: result.trades.map((trade) => tradeJson(spec, trade)),
    equityCurve: result.equityCurve.map(({ at, equity }) => [timestamp(at), formatMoney(equity)]),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function specJson({ from, until, initialBalance, costs, limits, hedging, ...spec }: BacktestSpec) {
  return {
    ...spec,
    from: timestamp(from),
    to: timestamp(until),
    initialBalance: formatMoney(initialBalance),
    costs: costsView(costs),
    limits: limitsView({ limits }),
    hedging,
  };
}

function tradeJson(spec: BacktestSpec, trade: BacktestTrade) {
  const instrument = PAPER_INSTRUMENTS.named(trade.instrument);
  return {
    // Of another instrument than the one of the spec.
    ...(trade.instrument !== spec.instrument && { instrument: trade.instrument }),
    side: trade.side,
    units: trade.units,
    openedAt: timestamp(trade.openedAt),
    closedAt: timestamp(trade.closedAt),
    entryPrice: formatPrice(instrument, trade.entryPrice),
    exitPrice: formatPrice(instrument, trade.exitPrice),
    exitReason: trade.exitReason,
    result: formatMoney(netResult(trade)),
    spreadCost: formatMoney(trade.spreadCost),
    slippage: formatMoney(trade.slippageCost),
    commission: formatMoney(trade.commission),
    financing: formatMoney(trade.financing),
    conversionCost: formatMoney(trade.conversionCost),
    mae: formatMoney(trade.mae),
    mfe: formatMoney(trade.mfe),
  };
}

function timestamp(at: number): string {
  return new Date(at).toISOString();
}

function mapValues<Value>(
  object: Readonly<Record<string, Value>>,
  change: (name: string, value: Value) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value)]));
}
