/** An order of the broker's log, and what each transaction makes of it. */

import { roundHalfAway } from '../shared/decimal.ts';
import { withLeaseOf } from './lease.ts';
import { addUnits } from './units.ts';
import type { Lifetime, OrderCreator, OrderTerms } from './order.ts';
import type { OrderStatus } from './order-lifecycle.ts';
import type {
  AdoptedOrder,
  OrderCancelled,
  OrderCreated,
  OrderFilled,
  OrderRejected,
} from './transaction.ts';

/** `orderId` is its number in the log; prices are points, times UTC ms. */
export interface LedgerOrder {
  readonly orderId: number;
  /** The number under which the broker continues it after it filled in part, or was renewed. */
  readonly reissuedAs?: number | undefined;
  readonly clientOrderId?: string | undefined;
  readonly strategyId?: string | undefined;
  readonly createdBy: OrderCreator;
  readonly terms: OrderTerms;
  /** Where a trailing stop stood when it was created, if the log says so. */
  readonly trailingLevel?: number | undefined;
  /** The price that a market-if-touched order watched when it was created. */
  readonly initialPrice?: number | undefined;
  readonly status: OrderStatus;
  readonly filledUnits: number;
  /** What its fills were paid on average, in whole points; `filledCost` is their sum of units times points. */
  readonly averagePrice?: number | undefined;
  readonly filledCost?: number | undefined;
  /** The position that a protective or closing order concerns, and when that was opened. */
  readonly brokerPositionId?: number | undefined;
  readonly positionOpenedAt?: number | undefined;
  /** The order whose place it took, and the one that took its own. */
  readonly replaces?: number | undefined;
  readonly replacedBy?: number | undefined;
  readonly reasonCode?: string | undefined;
  readonly createdAt: number;
  readonly filledAt?: number | undefined;
  readonly cancelledAt?: number | undefined;
}

/**
 * Returns an order as it is created; `positionOpenedAt` is when the position opened that it concerns. What a fill adds has its place from the
 * start: a copy of an object that only changes values is many times quicker than one that gets new names.
 */
export function createdOrder(created: OrderCreated, positionOpenedAt: number | undefined): LedgerOrder {
  return {
    orderId: created.id,
    clientOrderId: created.clientOrderId,
    strategyId: created.strategyId,
    createdBy: creatorOf(created),
    terms: created.terms,
    trailingLevel: created.trailingLevel,
    initialPrice: created.initialPrice,
    status: 'accepted',
    filledUnits: 0,
    averagePrice: undefined,
    filledCost: undefined,
    brokerPositionId: created.brokerPositionId,
    positionOpenedAt,
    replaces: created.replaces,
    createdAt: created.at,
    filledAt: undefined,
  };
}

/**
 * Returns an order that was never open, or undefined when the log does not say what it asked for. The number of its rejection is the
 * only one that it has.
 */
export function rejectedOrder(
  { id, at, terms, reason, brokerReason, clientOrderId, strategyId, brokerPositionId }: OrderRejected,
  positionOpenedAt: number | undefined,
): LedgerOrder | undefined {
  if (terms === undefined) return undefined;
  const whose = { clientOrderId, strategyId, brokerPositionId };
  return {
    orderId: id,
    ...whose,
    createdBy: creatorOf({ ...whose, reason: 'client' }),
    terms,
    status: 'rejected',
    filledUnits: 0,
    positionOpenedAt,
    reasonCode: brokerReason ?? reason,
    createdAt: at,
  };
}

/** Returns an order that was open where the log begins. */
export function adoptedOrder(
  { filledUnits = 0, averagePrice, ...adopted }: AdoptedOrder,
  positionOpenedAt: number | undefined,
): LedgerOrder {
  return {
    ...adopted,
    createdBy: creatorOf({ brokerPositionId: adopted.brokerPositionId, reason: 'client' }),
    status: filledUnits > 0 ? 'partially_filled' : 'accepted',
    filledUnits,
    averagePrice,
    filledCost: averagePrice === undefined ? undefined : filledUnits * averagePrice,
    positionOpenedAt,
  };
}

/** Returns the order after one more fill: it stays open while the fill says that units remain. */
export function filledOrder(
  order: LedgerOrder,
  { units, price, remainingUnits = 0, at }: OrderFilled,
): LedgerOrder {
  const filledUnits = addUnits(order.filledUnits, units);
  const filledCost = (order.filledCost ?? 0) + units * price;
  const averagePrice = roundHalfAway(filledCost / filledUnits);
  if (remainingUnits > 0)
    return { ...order, filledUnits, filledCost, averagePrice, status: 'partially_filled' };
  return { ...order, filledUnits, filledCost, averagePrice, status: 'filled', filledAt: at };
}

/** Returns the order under the number by which the broker continues it, and good for as long there as it says, if it says so. */
export function continuedOrder(
  order: LedgerOrder,
  reissuedAs: number,
  lifetime: Lifetime | undefined,
): LedgerOrder {
  if (!lifetime) return { ...order, reissuedAs };
  // A lease is ours: an order of another program is good for as long as that program asked for.
  const isOwn = order.clientOrderId !== undefined;
  return {
    ...order,
    reissuedAs,
    terms: isOwn ? withLeaseOf(order.terms, lifetime) : { ...order.terms, ...lifetime },
  };
}

/** Returns the order after its end; what it filled before stays. */
export function cancelledOrder(
  order: LedgerOrder,
  { reason, brokerReason, replacedBy, at }: OrderCancelled,
): LedgerOrder {
  const status = reason === 'expired' ? 'expired' : 'cancelled';
  return { ...order, status, reasonCode: brokerReason ?? reason, replacedBy, cancelledAt: at };
}

/** An order without an id of ours was asked for elsewhere; protection without one is the broker's own order. */
function creatorOf({
  clientOrderId,
  strategyId,
  reason,
  brokerPositionId,
}: Pick<OrderCreated, 'clientOrderId' | 'strategyId' | 'reason' | 'brokerPositionId'>): OrderCreator {
  if (clientOrderId !== undefined) return strategyId === undefined ? 'person' : 'strategy';
  const isEntry = (reason === 'client' || reason === 'replacement') && brokerPositionId === undefined;
  return isEntry || reason === 'close' ? 'external' : 'broker';
}
