/** An order as OANDA shows it, waiting or finished. */

import { isOrderOpen } from '../../../core/domain/order-lifecycle.ts';
import { wirePrice } from './decimals.ts';
import { WIRE_ORDER_TYPES, orderFields } from './order-fields.ts';
import { WireTime } from './time.ts';
import type { OrderRecord } from '../account-records.ts';
import type { SimulatorAccount } from '../simulator-account.ts';
import type { Fields } from '../v20-error.ts';

export const ORDER_STATES = ['PENDING', 'FILLED', 'TRIGGERED', 'CANCELLED'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** Returns the order's state. Nothing becomes TRIGGERED: OANDA does not use it either. */
export function orderState({ order }: OrderRecord): OrderState {
  if (isOrderOpen(order.status)) return 'PENDING';
  return order.status === 'filled' ? 'FILLED' : 'CANCELLED';
}

/** Returns the order; `trailingLevels` are those of `account.trailingLevels()`. */
export function orderView(
  account: SimulatorAccount,
  record: OrderRecord,
  trailingLevels: ReadonlyMap<number, number>,
): Fields {
  const { order, details } = record;
  const { orderId, terms, brokerPositionId, initialPrice } = order;
  const instrument = account.instruments.named(terms.instrument);
  const trade =
    brokerPositionId === undefined
      ? undefined
      : {
          id: brokerPositionId,
          clientExtensions: account.book.trade(brokerPositionId).clientExtensions,
        };
  const level = trailingLevels.get(orderId);
  const fields = orderFields(terms, details, instrument, trade);
  return {
    id: String(orderId),
    createTime: new WireTime(order.createdAt),
    type: WIRE_ORDER_TYPES[terms.orderType],
    ...fields,
    ...(fields['partialFill'] !== undefined && { partialFill: 'DEFAULT_FILL' }),
    ...(initialPrice !== undefined && { initialMarketPrice: wirePrice(instrument, initialPrice) }),
    ...(level !== undefined && { trailingStopValue: wirePrice(instrument, level) }),
    state: orderState(record),
    ...endOf(record),
  };
}

function endOf({
  order,
  fillId,
  cancelId,
  openedTradeId,
  reducedTradeId,
  closedTradeIds,
}: OrderRecord): Fields {
  return {
    ...(fillId !== undefined && {
      fillingTransactionID: String(fillId),
      filledTime: order.filledAt === undefined ? undefined : new WireTime(order.filledAt),
    }),
    ...(openedTradeId !== undefined && { tradeOpenedID: String(openedTradeId) }),
    ...(reducedTradeId !== undefined && { tradeReducedID: String(reducedTradeId) }),
    ...(closedTradeIds.length > 0 && { tradeClosedIDs: closedTradeIds.map(String) }),
    ...(cancelId !== undefined && {
      cancellingTransactionID: String(cancelId),
      cancelledTime: order.cancelledAt === undefined ? undefined : new WireTime(order.cancelledAt),
    }),
    ...(order.replaces !== undefined && { replacesOrderID: String(order.replaces) }),
    ...(order.replacedBy !== undefined && { replacedByOrderID: String(order.replacedBy) }),
  };
}
