/** Reports of backtests as people see them. */

import { Type } from 'typebox';
import { formatPrice, instrumentNamed } from '../core/domain/instrument.ts';
import { formatMoney } from '../core/domain/money.ts';
import { POSITION_SIDES } from '../core/domain/position.ts';
import { EXIT_REASONS } from '../core/domain/transaction.ts';
import { AMOUNT_FIELDS, byName, COUNT_FIELDS, RATIO_FIELDS } from './backtest-report-fields.ts';
import type { CurvePoint, StoredBacktestTrade, StoredResults } from './backtest-report-store.ts';
import { DecimalString, orNull, timestamp, Timestamp, Units } from '../http/schemas.ts';

const NumberOrNull = Type.Union([Type.Number(), Type.Null()]);
const IntegerOrNull = Type.Union([Type.Integer(), Type.Null()]);

export const BacktestResultsView = Type.Object({
  finalBalance: DecimalString,
  finalEquity: DecimalString,
  openResult: Type.String({
    description: 'The part of the equity that was still open, valued at the last price.',
  }),
  metrics: Type.Object(
    {
      ...byName(RATIO_FIELDS, () => NumberOrNull),
      ...byName(AMOUNT_FIELDS, () => orNull(DecimalString)),
      ...byName(COUNT_FIELDS, () => IntegerOrNull),
      longestDrawdownIsOpen: Type.Boolean(),
      worstMae: orNull(DecimalString),
      bestMfe: orNull(DecimalString),
    },
    {
      description:
        'Null means undefined for this run: too little data, or nothing to divide by. Shares are plain, 0.01 is 1 %.',
    },
  ),
  costs: Type.Object(
    {
      gross: DecimalString,
      spread: DecimalString,
      slippage: DecimalString,
      commission: DecimalString,
      financing: DecimalString,
      conversion: DecimalString,
      net: DecimalString,
    },
    { description: 'Gross less the five lines is net. Positive was paid.' },
  ),
  deniedOrders: Type.Integer({ description: 'Orders that the risk rules denied.' }),
  denials: Type.Union([Type.Record(Type.String(), Type.Integer()), Type.Null()], {
    description: 'How many orders each rule denied, by its code; null in reports made before this was kept.',
  }),
  conventions: Type.Record(Type.String(), Type.Unknown(), {
    description: 'The choices behind the numbers: periods a year, risk-free rate, what a day is.',
  }),
});

export const BacktestTradeView = Type.Object({
  ordinal: Type.Integer(),
  side: Type.Enum([...POSITION_SIDES]),
  units: Units,
  openedAt: Timestamp,
  closedAt: Timestamp,
  entryPrice: DecimalString,
  exitPrice: DecimalString,
  exitReason: Type.Enum([...EXIT_REASONS]),
  result: Type.String({ description: 'After all costs.' }),
  spreadCost: DecimalString,
  slippage: DecimalString,
  commission: DecimalString,
  financing: DecimalString,
  conversionCost: DecimalString,
  mae: Type.String({ description: 'The worst open result on the way.' }),
  mfe: Type.String({ description: 'The best open result on the way.' }),
});

export const EquityCurveView = Type.Object({
  points: Type.Array(Type.Object({ at: Timestamp, equity: DecimalString }), {
    description: 'At most 2,000, open result included.',
  }),
});

/** Returns the numbers of a report as people see them. */
export function backtestResultsView({ metrics, costs, ...results }: StoredResults) {
  const { net, ...lines } = { ...costs, net: metrics.netProfit ?? 0 };
  return {
    finalBalance: formatMoney(results.balance),
    finalEquity: formatMoney(results.equity),
    openResult: formatMoney(results.equity - results.balance),
    metrics: {
      ...byName(RATIO_FIELDS, (name) => metrics[name]),
      ...byName(AMOUNT_FIELDS, (name) => moneyOrNull(metrics[name])),
      ...byName(COUNT_FIELDS, (name) => metrics[name]),
      longestDrawdownIsOpen: results.longestDrawdownIsOpen,
      worstMae: moneyOrNull(results.worstMae),
      bestMfe: moneyOrNull(results.bestMfe),
    },
    costs: {
      gross: formatMoney(lines.gross),
      spread: formatMoney(lines.spread),
      slippage: formatMoney(lines.slippage),
      commission: formatMoney(lines.commission),
      financing: formatMoney(lines.financing),
      conversion: formatMoney(lines.conversion),
      net: formatMoney(net),
    },
    deniedOrders: results.deniedOrders,
    denials: results.denials,
    conventions: { ...results.conventions },
  };
}

/** Returns a trade of a backtest on this instrument as people see it. */
export function backtestTradeView(
  instrumentName: string,
  trade: StoredBacktestTrade & { readonly ordinal: number },
) {
  const instrument = instrumentNamed(instrumentName);
  return {
    ordinal: trade.ordinal,
    side: trade.side,
    units: trade.units,
    openedAt: timestamp(trade.openedAt),
    closedAt: timestamp(trade.closedAt),
    entryPrice: formatPrice(instrument, trade.entryPrice),
    exitPrice: formatPrice(instrument, trade.exitPrice),
    exitReason: trade.exitReason,
    result: formatMoney(trade.realizedPnl + trade.financing - trade.commission),
    spreadCost: formatMoney(trade.spreadCost),
    slippage: formatMoney(trade.slippageCost),
    commission: formatMoney(trade.commission),
    financing: formatMoney(trade.financing),
    conversionCost: formatMoney(trade.conversionCost),
    mae: formatMoney(trade.mae),
    mfe: formatMoney(trade.mfe),
  };
}

/** Returns an equity curve as people see it. */
export function equityCurveView(points: readonly CurvePoint[]) {
  return { points: points.map(({ at, equity }) => ({ at: timestamp(at), equity: formatMoney(equity) })) };
}

function moneyOrNull(money: number | null): string | null {
  return money === null ? null : formatMoney(money);
}
