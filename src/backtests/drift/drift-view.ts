/** The drift report as people see it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formatPrice } from '../../core/domain/instrument.ts';
import { formatMoney } from '../../core/domain/money.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { POSITION_SIDES } from '../../core/domain/position.ts';
import { netResult } from '../../core/domain/trade.ts';
import { Decimal, Id, Instant, instantText, InstrumentName, orNull, Units } from '../../http/values.ts';
import { PriceGapView, priceGapView } from '../../prices/series/price-series-schemas.ts';
import { DRIFT_CAUSES } from './compare-trades.ts';
import { namedObject } from '../../http/schemas.ts';
import type { ComparedTrade, DriftPart } from './compare-trades.ts';
import type { DriftReport, DriftSide } from './drift-report.ts';

const PartView = namedObject('DriftPart', {
  cause: Type.Enum(DRIFT_CAUSES),
  code: orNull(Type.String({ description: 'Of a denial, rejection or cancellation.' })),
  amount: Type.String({ description: 'By how much the real result is better; negative when it is worse.' }),
});

const SideView = namedObject('DriftSide', {
  result: Type.String({ description: 'Net result of the trades that were closed.' }),
  trades: Type.Integer(),
  openPositions: Type.Integer({ description: 'Still open at the end; not in the result.' }),
});

const TradeView = namedObject('DriftTrade', {
  side: Type.Enum(POSITION_SIDES),
  units: Units,
  openedAt: Instant,
  closedAt: Instant,
  entryPrice: Decimal,
  exitPrice: Decimal,
  exitReason: Type.String(),
  result: Decimal,
});

const nullable = <Schema extends typeof TradeView>(schema: Schema) =>
  Type.Unsafe<Static<Schema> | null>({ ...schema, type: ['object', 'null'] });

export const DriftView = namedObject('Drift', {
  strategyId: Id,
  accountId: Id,
  instrument: InstrumentName,
  from: Instant,
  to: Instant,
  openingBalance: Decimal,
  quotes: Type.Integer({ description: 'The recorded quotes that the backtest ran on.' }),
  gaps: Type.Array(PriceGapView),
  expected: SideView,
  real: SideView,
  difference: Decimal,
  parts: Type.Array(PartView, { description: 'The difference by cause; they add up to it.' }),
  trades: Type.Array(
    Type.Object({ expected: nullable(TradeView), real: nullable(TradeView), parts: Type.Array(PartView) }),
  ),
  denials: Type.Record(Type.String(), Type.Integer(), {
    description: 'What the risk rules denied in the backtest, by code.',
  }),
});

export function driftView(report: DriftReport): Static<typeof DriftView> {
  return {
    strategyId: report.strategy.id,
    accountId: report.account.id,
    instrument: report.strategy.instrument,
    from: instantText(report.from),
    to: instantText(report.until),
    openingBalance: formatMoney(report.openingBalance),
    quotes: report.quotes,
    gaps: report.gaps.map(priceGapView),
    expected: sideView(report.expected),
    real: sideView(report.real),
    difference: formatMoney(report.real.result - report.expected.result),
    parts: report.parts.map(partView),
    trades: report.pairs.map(({ expected, real, parts }) => ({
      expected: expected ? tradeView(expected) : null,
      real: real ? tradeView(real) : null,
      parts: parts.map(partView),
    })),
    denials: report.denials,
  };
}

function sideView({ result, trades, openPositions }: DriftSide): Static<typeof SideView> {
  return { result: formatMoney(result), trades, openPositions };
}

function partView({ cause, code, amount }: DriftPart): Static<typeof PartView> {
  return { cause, code: code ?? null, amount: formatMoney(amount) };
}

function tradeView(trade: ComparedTrade): Static<typeof TradeView> {
  const instrument = PAPER_INSTRUMENTS.named(trade.instrument);
  return {
    side: trade.side,
    units: trade.units,
    openedAt: instantText(trade.openedAt),
    closedAt: instantText(trade.closedAt),
    entryPrice: formatPrice(instrument, trade.entryPrice),
    exitPrice: formatPrice(instrument, trade.exitPrice),
    exitReason: trade.exitReason,
    result: formatMoney(netResult(trade)),
  };
}
