/** Reports of backtests as people see them. */

import { Type } from 'typebox';
import { formatPrice } from '../core/domain/instrument.ts';
import { PAPER_INSTRUMENTS } from '../core/domain/paper-instruments.ts';
import { formatMoney } from '../core/domain/money.ts';
import { POSITION_SIDES } from '../core/domain/position.ts';
import { netResult } from '../core/domain/trade.ts';
import { EXIT_REASONS } from '../core/domain/transaction-reasons.ts';
import { AMOUNT_FIELDS, byName, COUNT_FIELDS, RATIO_FIELDS } from './backtest-report-fields.ts';
import type { CurvePoint, StoredBacktestTrade, StoredResults } from './backtest-report-store.ts';
import { Decimal, Instant, instantText, moneyTextOrNull, orNull, Units } from '../http/values.ts';
import { namedObject } from '../http/schemas.ts';

const NumberOrNull = orNull(Type.Number());
const IntegerOrNull = orNull(Type.Integer());

const countsOrNull = (description: string) =>
  Type.Union([Type.Record(Type.String(), Type.Integer()), Type.Null()], { description });

const SignalCountsView = namedObject('SignalCounts', {
  signals: Type.Integer({ description: 'How many there were; the others add up to it.' }),
  filled: Type.Integer({ description: 'Traded at the market after it opened.' }),
  placed: Type.Integer({
    description: 'Entries with a price of their own that the exchange took after it opened.',
  }),
  lapsed: Type.Integer({ description: 'Denied, cancelled, or their position or strategy had ended.' }),
  replaced: Type.Integer({
    description: 'Entries in whose place the strategy wanted others before it opened.',
  }),
  waiting: Type.Integer({ description: 'Still waiting at the end.' }),
});

export const BacktestResultsView = namedObject('BacktestResults', {
  finalBalance: Decimal,
  finalEquity: Decimal,
  openResult: Type.String({
    description: 'The part of the equity that was still open, valued at the last price.',
  }),
  metrics: Type.Object(
    {
      ...byName(RATIO_FIELDS, () => NumberOrNull),
      ...byName(AMOUNT_FIELDS, () => orNull(Decimal)),
      ...byName(COUNT_FIELDS, () => IntegerOrNull),
      longestDrawdownIsOpen: Type.Boolean(),
      worstMae: orNull(Decimal),
      bestMfe: orNull(Decimal),
    },
    {
      description:
        'Null means undefined for this run: too little data, or nothing to divide by. Shares are plain, 0.01 is 1 %.',
    },
  ),
  costs: Type.Object(
    {
      gross: Decimal,
      spread: Decimal,
      slippage: Decimal,
      commission: Decimal,
      financing: Decimal,
      conversion: Decimal,
      net: Decimal,
    },
    { description: 'Gross less the five lines is net. Positive was paid.' },
  ),
  deniedOrders: Type.Integer({ description: 'Orders that the risk rules denied.' }),
  denials: countsOrNull(
    'How many orders each rule denied, by its code; null in reports made before this was kept.',
  ),
  cancellations: countsOrNull('How many orders the exchange cancelled, by its reason; null likewise.'),
  closedMarket: Type.Union(
    [Type.Object({ entries: SignalCountsView, exits: SignalCountsView }), Type.Null()],
    {
      description:
        'What the strategy wanted to trade while the market was closed, by what became of it; null likewise.',
    },
  ),
  conventions: Type.Record(Type.String(), Type.Unknown(), {
    description: 'The choices behind the numbers: periods a year, risk-free rate, what a day is.',
  }),
});

export const BacktestTradeView = namedObject('BacktestTrade', {
  ordinal: Type.Integer(),
  instrument: Type.String(),
  side: Type.Enum([...POSITION_SIDES]),
  units: Units,
  openedAt: Instant,
  closedAt: Instant,
  entryPrice: Decimal,
  exitPrice: Decimal,
  exitReason: Type.Enum([...EXIT_REASONS]),
  result: Type.String({ description: 'After all costs.' }),
  spreadCost: Decimal,
  slippage: Decimal,
  commission: Decimal,
  financing: Decimal,
  conversionCost: Decimal,
  mae: Type.String({ description: 'The worst open result on the way.' }),
  mfe: Type.String({ description: 'The best open result on the way.' }),
});

export const EquityCurveView = namedObject('BacktestEquity', {
  points: Type.Array(Type.Object({ at: Instant, equity: Decimal }), {
    description: 'At most 2,000, open result included.',
  }),
});

export function backtestResultsView({ metrics, costs, ...results }: StoredResults) {
  const { net, ...lines } = { ...costs, net: metrics.netProfit ?? 0 };
  return {
    finalBalance: formatMoney(results.balance),
    finalEquity: formatMoney(results.equity),
    openResult: formatMoney(results.equity - results.balance),
    metrics: {
      ...byName(RATIO_FIELDS, (name) => metrics[name]),
      ...byName(AMOUNT_FIELDS, (name) => moneyTextOrNull(metrics[name])),
      ...byName(COUNT_FIELDS, (name) => metrics[name]),
      longestDrawdownIsOpen: results.longestDrawdownIsOpen,
      worstMae: moneyTextOrNull(results.worstMae),
      bestMfe: moneyTextOrNull(results.bestMfe),
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
    cancellations: results.cancellations,
    closedMarket: results.closedMarket,
    conventions: { ...results.conventions },
  };
}

export function backtestTradeView(trade: StoredBacktestTrade & { readonly ordinal: number }) {
  const instrument = PAPER_INSTRUMENTS.named(trade.instrument);
  return {
    ordinal: trade.ordinal,
    instrument: trade.instrument,
    side: trade.side,
    units: trade.units,
    openedAt: instantText(trade.openedAt),
    closedAt: instantText(trade.closedAt),
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

export function equityCurveView(points: readonly CurvePoint[]) {
  return { points: points.map(({ at, equity }) => ({ at: instantText(at), equity: formatMoney(equity) })) };
}
