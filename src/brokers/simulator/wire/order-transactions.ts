/** Transactions of orders: created, refused, cancelled. */

import { assert } from '../../../core/shared/assert.ts';
import { PROTECTIVE_ORDER_TYPES } from '../../../core/domain/order.ts';
import { ON_FILL } from '../order-details.ts';
import { WIRE_ORDER_TYPES, orderFields } from './order-fields.ts';
import type { OrderCancelled, OrderCreated, OrderRejected } from '../../../core/domain/transaction.ts';
import type { CancelReason, RejectReason } from '../../../core/domain/transaction-reasons.ts';
import type { AccountBook } from '../account-book.ts';
import type { OrderRecord } from '../account-records.ts';
import type { OrderDetails } from '../order-details.ts';
import type { Fields } from '../v20-error.ts';
import type { Translation } from './translation.ts';

const CANCEL_REASONS: Readonly<Record<CancelReason, string>> = {
  'client-request': 'CLIENT_REQUEST',
  replaced: 'CLIENT_REQUEST_REPLACED',
  expired: 'TIME_IN_FORCE_EXPIRED',
  'linked-position-closed': 'LINKED_TRADE_CLOSED',
  'market-halted': 'MARKET_HALTED',
  'insufficient-margin': 'INSUFFICIENT_MARGIN',
  'bounds-violated': 'BOUNDS_VIOLATION',
  'no-liquidity': 'INSUFFICIENT_LIQUIDITY',
  'stop-loss-on-wrong-side': 'STOP_LOSS_ON_FILL_LOSS',
  'take-profit-on-wrong-side': 'TAKE_PROFIT_ON_FILL_LOSS',
  'take-profit-expired': 'TAKE_PROFIT_ON_FILL_GTD_TIMESTAMP_IN_PAST',
  'stop-loss-expired': 'STOP_LOSS_ON_FILL_GTD_TIMESTAMP_IN_PAST',
  'trailing-stop-expired': 'TRAILING_STOP_LOSS_ON_FILL_GTD_TIMESTAMP_IN_PAST',
  // OANDA has no reason of its own for an order that may only reduce and finds nothing, nor for one that may only open on a netting
  // account and finds the other side: it says that the units cannot be had.
  'position-gone': 'INSUFFICIENT_LIQUIDITY',
  'opposite-position-open': 'INSUFFICIENT_LIQUIDITY',
  'no-conversion-price': 'INTERNAL_SERVER_ERROR',
  'open-positions-exceeded': 'OPEN_TRADES_ALLOWED_EXCEEDED',
  'position-units-exceeded': 'POSITION_SIZE_EXCEEDED',
  'client-position-id-taken': 'CLIENT_TRADE_ID_ALREADY_EXISTS',
  'client-protection-id-taken': 'CLIENT_ORDER_ID_ALREADY_EXISTS',
  'pending-orders-exceeded': 'PENDING_ORDERS_ALLOWED_EXCEEDED',
  'fifo-violated': 'FIFO_VIOLATION',
  'account-locked': 'ACCOUNT_LOCKED',
  other: 'INTERNAL_SERVER_ERROR',
};

/** OANDA's name for why an order is refused. */
const REJECT_REASONS: Readonly<Record<RejectReason, string>> = {
  'instrument-unknown': 'INSTRUMENT_UNKNOWN',
  'units-invalid': 'UNITS_INVALID',
  'units-precision-exceeded': 'UNITS_PRECISION_EXCEEDED',
  'units-limit-exceeded': 'UNITS_LIMIT_EXCEEDED',
  'units-minimum-not-met': 'UNITS_MINIMUM_NOT_MET',
  'price-invalid': 'PRICE_INVALID',
  'price-precision-exceeded': 'PRICE_PRECISION_EXCEEDED',
  'price-missing': 'PRICE_MISSING',
  'expiry-invalid': 'TIME_IN_FORCE_GTD_TIMESTAMP_IN_PAST',
  'time-in-force-invalid': 'TIME_IN_FORCE_INVALID',
  'trailing-distance-invalid': 'PRICE_DISTANCE_INVALID',
  'trailing-distance-precision-exceeded': 'PRICE_DISTANCE_PRECISION_EXCEEDED',
  'trailing-distance-minimum-not-met': 'PRICE_DISTANCE_MINIMUM_NOT_MET',
  'trailing-distance-maximum-exceeded': 'PRICE_DISTANCE_MAXIMUM_EXCEEDED',
  'client-order-id-taken': 'CLIENT_ORDER_ID_ALREADY_EXISTS',
  'position-unknown': 'TRADE_DOESNT_EXIST',
  'close-units-exceed-position': 'CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE',
  'order-unknown': 'ORDER_DOESNT_EXIST',
  'replacement-invalid': 'REPLACING_ORDER_INVALID',
  'protection-exists': 'TAKE_PROFIT_ORDER_ALREADY_EXISTS',
  'price-and-distance': 'STOP_LOSS_ORDER_PRICE_AND_DISTANCE_BOTH_SPECIFIED',
  'price-unknown': 'INSTRUMENT_PRICE_UNKNOWN',
  'trigger-condition-invalid': 'TRIGGER_CONDITION_INVALID',
  'position-fill-invalid': 'ORDER_FILL_POSITION_ACTION_INVALID',
  'client-tag-invalid': 'CLIENT_ORDER_TAG_INVALID',
  'client-comment-invalid': 'CLIENT_ORDER_COMMENT_INVALID',
  'pending-orders-exceeded': 'PENDING_ORDERS_ALLOWED_EXCEEDED',
  'instrument-not-tradable': 'INSTRUMENT_NOT_TRADEABLE',
  'insufficient-margin': 'INSUFFICIENT_MARGIN',
  'fifo-violated': 'TAKE_PROFIT_ORDER_WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD',
  'account-locked': 'ACCOUNT_LOCKED',
  other: 'INTERNAL_SERVER_ERROR',
  // No log shows these: they are of requests that did not come so far.
  'request-invalid': 'INTERNAL_SERVER_ERROR',
  'access-refused': 'INTERNAL_SERVER_ERROR',
  'rate-limited': 'INTERNAL_SERVER_ERROR',
  'broker-unreachable': 'INTERNAL_SERVER_ERROR',
  'not-received': 'INTERNAL_SERVER_ERROR',
};

/** Returns the type and fields of the transaction that creates an order. */
export function translateCreated({
  transaction: { id, terms, brokerPositionId, replaces },
  book,
  instruments,
}: Translation<OrderCreated>): Fields {
  const record = book.order(id);
  const trade = brokerPositionId === undefined ? undefined : book.trade(brokerPositionId);
  const orderedTrade = trade && { id: brokerPositionId ?? 0, clientExtensions: trade.clientExtensions };
  return {
    type: `${WIRE_ORDER_TYPES[terms.orderType]}_ORDER`,
    ...orderFields(terms, record.details, instruments.named(terms.instrument), orderedTrade),
    reason: createdReason(record),
    ...(record.reason === 'on-fill' && { orderFillTransactionID: String(brokerPositionId) }),
    // The old order is cancelled by the transaction before.
    ...(replaces !== undefined && {
      replacesOrderID: String(replaces),
      cancellingTransactionID: String(id - 1),
    }),
  };
}

function createdReason({ reason, details }: OrderRecord): string {
  switch (reason) {
    case 'close':
      return 'TRADE_CLOSE';
    case 'margin-closeout':
      return details.delayedTradeClose ? 'DELAYED_TRADE_CLOSE' : 'MARGIN_CLOSEOUT';
    case 'on-fill':
      return 'ON_FILL';
    case 'replacement':
      return 'REPLACEMENT';
    case 'client':
      return details.longPositionCloseout || details.shortPositionCloseout
        ? 'POSITION_CLOSEOUT'
        : 'CLIENT_ORDER';
  }
}

/** Returns the type and fields of the refusal of an order: what was asked for stands in the request. */
export function translateRejected({ transaction: { reason }, context }: Translation<OrderRejected>): Fields {
  assert(context?.fields !== undefined, 'an order is rejected in answer to a request');
  const { fields } = context;
  const rejectReason =
    // Each kind of protective order has a reason of its own.
    reason === 'protection-exists'
      ? String(fields['type']).replace(/_REJECT$/, '_ALREADY_EXISTS')
      : REJECT_REASONS[reason];
  return { ...fields, rejectReason };
}

/** Returns the type and fields of the cancellation of an order. */
export function translateCancelled({
  transaction: { orderId, reason, replacedBy },
  book,
}: Translation<OrderCancelled>): Fields {
  const { order, details } = book.order(orderId);
  const isLinked = reason === 'linked-position-closed' && order.brokerPositionId !== undefined;
  return {
    type: 'ORDER_CANCEL',
    orderID: String(orderId),
    clientOrderID: details.clientExtensions?.id,
    reason: cancelReason(reason, details, book),
    ...(replacedBy !== undefined && { replacedByOrderID: String(replacedBy) }),
    ...(isLinked &&
      closedTradeFields(book.trade(order.brokerPositionId ?? 0).closings.at(-1), order.brokerPositionId)),
  };
}

/** Each kind of order on fill has a reason of its own for an id that another order has. */
function cancelReason(reason: CancelReason, details: OrderDetails, book: AccountBook): string {
  const word = CANCEL_REASONS[reason];
  if (reason !== 'client-protection-id-taken') return word;
  const orderType = PROTECTIVE_ORDER_TYPES.find((each) => {
    const id = details[ON_FILL[each]]?.clientExtensions?.id;
    return id !== undefined && book.pendingOrder(`@${id}`) !== undefined;
  });
  return `${WIRE_ORDER_TYPES[orderType ?? 'stop_loss']}_ON_FILL_${word}`;
}

function closedTradeFields(
  closing: { readonly transactionId: number } | undefined,
  tradeId: number | undefined,
): Fields {
  return {
    closedTradeID: String(tradeId),
    ...(closing && { tradeCloseTransactionID: String(closing.transactionId) }),
  };
}
