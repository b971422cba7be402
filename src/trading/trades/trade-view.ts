/** A trade as people see it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formatMoney } from '../../core/domain/money.ts';
import { POSITION_SIDES } from '../../core/domain/position.ts';
import { netResult } from '../../core/domain/trade.ts';
import { Decimal, Id, Instant, InstrumentName, orNull, Units } from '../../http/values.ts';
import { namedObject } from '../../http/schemas.ts';
import { fieldKinds, viewOf } from '../view-fields.ts';
import type { ViewFields } from '../view-fields.ts';
import type { StoredTrade, TradeRow } from './trade-store.ts';

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

const { plain, numberText, price, money, units, instant } = fieldKinds<StoredTrade, TradeRow>();

export type ShownTrade = Static<typeof TradeView>;

/** The fields of {@link TradeView}. */
export const TRADE_FIELDS: ViewFields<ShownTrade, StoredTrade> = {
  id: plain('id', ({ id }) => id),
  accountId: plain('account_id', ({ accountId }) => accountId),
  strategyId: plain('strategy_id', ({ strategyId }) => strategyId),
  positionId: plain('position_id', ({ positionId }) => positionId),
  closingOrderId: plain('closing_order_id', ({ closingOrderId }) => closingOrderId),
  brokerTransactionId: numberText('broker_transaction_id', ({ transactionId }) => transactionId),
  instrument: plain('instrument', ({ instrument }) => instrument),
  side: plain('side', ({ side }) => side),
  units: units('units', (trade) => trade.units),
  entryPrice: price('entry_price', ({ entryPrice }) => entryPrice),
  exitPrice: price('exit_price', ({ exitPrice }) => exitPrice),
  realizedPnl: money('realized_pnl', ({ realizedPnl }) => realizedPnl),
  financing: money('financing', ({ financing }) => financing),
  commission: money('commission', ({ commission }) => commission),
  result: {
    of: (trade) => formatMoney(netResult(trade)),
    sql: '(stored.realized_pnl + stored.financing - stored.commission)::text',
  },
  exitReason: plain('exit_reason', ({ exitReason }) => exitReason),
  openedAt: instant('opened_at', ({ openedAt }) => openedAt),
  closedAt: instant('closed_at', ({ closedAt }) => closedAt),
  marketTime: instant('closed_at', ({ closedAt }) => closedAt),
  recordedAt: instant('created_at', ({ recordedAt }) => recordedAt),
};

/** Returns a trade as people see it. */
export const tradeView = viewOf(TRADE_FIELDS);
