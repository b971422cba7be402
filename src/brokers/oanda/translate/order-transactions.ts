/** The transactions that create, reject and cancel orders. */

import Type from 'typebox';
import { orderTypeOf, OrderFields, termsOf } from './order-terms.ts';
import { cancelReason, creationReason, rejectReason } from './reasons.ts';
import { ifReadable, reader } from './unreadable.ts';
import { Id, idOf, maybe, maybeId, maybePoints, textOf } from './wire-values.ts';
import type { Static } from 'typebox';
import type { OrderTerms, OrderType } from '../../../core/domain/order.ts';
import type {
  CancelRejected,
  OrderCancelled,
  OrderCreated,
  OrderRejected,
  TransactionHead,
} from '../../../core/domain/transaction.ts';
import type { TranslationContext } from './order-terms.ts';

const Trade = Type.Object({ tradeID: Id });

const OrderTransaction = Type.Object({
  ...OrderFields,
  reason: maybe(Type.String()),
  replacesOrderID: maybe(Id),
  tradeClose: maybe(Trade),
  delayedTradeClose: maybe(Trade),
  rejectReason: maybe(Type.String()),
});
type OrderTransaction = Static<typeof OrderTransaction>;

const readOrder = reader(OrderTransaction);
const readCancel = reader(
  Type.Object({
    orderID: Id,
    clientOrderID: maybe(Type.String()),
    reason: Type.String(),
    replacedByOrderID: maybe(Id),
  }),
);
const readCancelReject = reader(Type.Object({ orderID: Id }));

const CREATED = /^(.+)_ORDER$/;
const REJECTED = /^(.+)_ORDER_REJECT$/;

/** Returns the type of the order that a transaction of this type creates; undefined when it creates none. */
export function createdType(type: string): OrderType | undefined {
  return orderTypeOf(CREATED.exec(type)?.[1] ?? '');
}

/** Returns the type of the order that a transaction of this type rejects; undefined when it rejects none. */
export function rejectedType(type: string): OrderType | undefined {
  return orderTypeOf(REJECTED.exec(type)?.[1] ?? '');
}

/** An order was created. */
export function createdTransaction(
  raw: unknown,
  head: TransactionHead,
  orderType: OrderType,
  context: TranslationContext,
): OrderCreated {
  const order = readOrder(raw, `the order ${head.id}`);
  const stated = termsOf(orderType, order, context);
  // What closes a trade can only reduce it; our orders say so by naming it.
  const terms = closedPosition(order) === undefined ? stated : { ...stated, positionFill: undefined };
  const instrument = context.instruments.named(terms.instrument);
  return {
    ...head,
    type: 'order-created',
    terms,
    clientOrderId: textOf(order.clientExtensions?.id),
    initialPrice: maybePoints(instrument, order.initialMarketPrice),
    reason: creationReason(order.reason),
    replaces: maybeId(order.replacesOrderID),
    brokerPositionId: concernedPosition(order),
  };
}

/** An order was rejected. What it asked for is left out when that was no order at all. */
export function rejectedTransaction(
  raw: unknown,
  head: TransactionHead,
  orderType: OrderType,
  context: TranslationContext,
): OrderRejected {
  const order = readOrder(raw, `the rejected order ${head.id}`);
  const terms = readableTerms(orderType, order, context);
  return {
    ...head,
    type: 'order-rejected',
    clientOrderId: textOf(order.clientExtensions?.id),
    terms,
    brokerPositionId: terms ? concernedPosition(order) : closedPosition(order),
    ...rejectReason(order.rejectReason ?? 'UNKNOWN'),
  };
}

/** ORDER_CANCEL. */
export function cancelledTransaction(raw: unknown, head: TransactionHead): OrderCancelled {
  const cancel = readCancel(raw, `ORDER_CANCEL ${head.id}`);
  return {
    ...head,
    type: 'order-cancelled',
    orderId: idOf(cancel.orderID),
    clientOrderId: textOf(cancel.clientOrderID),
    replacedBy: maybeId(cancel.replacedByOrderID),
    ...cancelReason(cancel.reason),
  };
}

/** ORDER_CANCEL_REJECT. */
export function cancelRejectedTransaction(raw: unknown, head: TransactionHead): CancelRejected {
  const { orderID } = readCancelReject(raw, `ORDER_CANCEL_REJECT ${head.id}`);
  return { ...head, type: 'cancel-rejected', orderId: idOf(orderID) };
}

function concernedPosition(order: OrderTransaction): number | undefined {
  return maybeId(order.tradeID) ?? closedPosition(order);
}

function closedPosition({ tradeClose, delayedTradeClose }: OrderTransaction): number | undefined {
  return maybeId(tradeClose?.tradeID ?? delayedTradeClose?.tradeID);
}

function readableTerms(
  orderType: OrderType,
  order: OrderTransaction,
  context: TranslationContext,
): OrderTerms | undefined {
  return ifReadable(() => termsOf(orderType, order, context));
}
