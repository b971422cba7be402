/** A trade as people see it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formatPrice } from '../../core/domain/instrument.ts';
import { formatMoney } from '../../core/domain/money.ts';
import { POSITION_SIDES } from '../../core/domain/position.ts';
import { netResult } from '../../core/domain/trade.ts';
import { Decimal, Id, Instant, instantText, InstrumentName, orNull, Units } from '../../http/values.ts';
import { namedObject } from '../../http/schemas.ts';
import type { StoredTrade } from './trade-store.ts';

export const TradeView = namedObject('Trade', {
  id: Id,
  accountId: Id,
  strategyId: orNull(Id),
  positionId: Id,
  closingOrderId: orNull(Id),
  brokerTransactionId: Type.String({
    description: "The number of the fill that closed it, in the broker's log.",
  }),
  instrument: InstrumentName,
  side: Type.Enum(POSITION_SIDES),
  units: Units,
  entryPrice: Decimal,
  exitPrice: Decimal,
  realizedPnl: Decimal,
  financing: Decimal,
  commission: Decimal,
  result: Type.String({
    description: 'What the trade changed the balance by: result and financing less commission.',
  }),
  exitReason: Type.String(),
  openedAt: { ...Instant, description: "By the market's clock." },
  closedAt: { ...Instant, description: "By the market's clock." },
  marketTime: {
    ...Instant,
    description: 'The same as closedAt, under the name that journal entries have for it.',
  },
  recordedAt: { ...Instant, description: "When it was recorded, by the server's clock." },
});

export function tradeView(trade: StoredTrade): Static<typeof TradeView> {
  return {
    id: trade.id,
    accountId: trade.accountId,
    strategyId: trade.strategyId ?? null,
    positionId: trade.positionId,
    closingOrderId: trade.closingOrderId ?? null,
    brokerTransactionId: String(trade.transactionId),
    instrument: trade.instrument,
    side: trade.side,
    units: trade.units,
    entryPrice: formatPrice(trade, trade.entryPrice),
    exitPrice: formatPrice(trade, trade.exitPrice),
    realizedPnl: formatMoney(trade.realizedPnl),
    financing: formatMoney(trade.financing),
    commission: formatMoney(trade.commission),
    result: formatMoney(netResult(trade)),
    exitReason: trade.exitReason,
    openedAt: instantText(trade.openedAt),
    closedAt: instantText(trade.closedAt),
    marketTime: instantText(trade.closedAt),
    recordedAt: instantText(trade.recordedAt),
  };
}
