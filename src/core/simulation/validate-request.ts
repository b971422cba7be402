/** What is wrong with a request before the exchange takes it, in the order in which the broker looks. */

import {
  isCloseOut,
  isProtective,
  isReplacementFor,
  LONGEST_TAG,
  PROTECTIVE_ORDER_TYPES,
  TIMES_IN_FORCE_OF,
} from '../domain/order.ts';
import { closingSide } from '../domain/position.ts';
import { isUnits } from '../domain/units.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Instruments } from '../domain/instruments.ts';
import type { Ledger, LedgerOrder } from '../domain/ledger.ts';
import type {
  Lifetime,
  OrderRequest,
  OrderTerms,
  OrderType,
  ProtectionLifetimes,
  ProtectionRequest,
} from '../domain/order.ts';
import type { Position } from '../domain/position.ts';
import type { RejectReason } from '../domain/transaction-reasons.ts';

/** Returns why an order is rejected at `now`, or undefined when it is acceptable. */
export function orderRejection(
  terms: OrderTerms,
  instruments: Instruments,
  now: number,
): RejectReason | undefined {
  const instrument = instruments.find(terms.instrument);
  if (!instrument) return 'instrument-unknown';
  const { orderType, protectionLifetimes, triggerCondition = 'DEFAULT', tag = '', comment = '' } = terms;
  const valueReason =
    unitsRejection(terms, instrument) ?? priceRejection(terms) ?? trailingRejection(terms, instrument);
  if (valueReason) return valueReason;
  const lifetimeReason =
    lifetimeRejection(orderType, terms, now) ?? lifetimesRejection(protectionLifetimes, now);
  if (lifetimeReason) return lifetimeReason;
  if (orderType === 'market' && triggerCondition !== 'DEFAULT') return 'trigger-condition-invalid';
  if (isProtective(terms) && terms.positionFill !== undefined) return 'position-fill-invalid';
  if (tag.length > LONGEST_TAG) return 'client-tag-invalid';
  return comment.length > LONGEST_TAG ? 'client-comment-invalid' : undefined;
}

function lifetimeRejection(
  orderType: OrderType,
  { timeInForce, expiresAt }: Lifetime,
  now: number,
): RejectReason | undefined {
  if (timeInForce === 'GTD' && !(expiresAt !== undefined && expiresAt > now)) return 'expiry-invalid';
  return TIMES_IN_FORCE_OF[orderType].includes(timeInForce) ? undefined : 'time-in-force-invalid';
}

function lifetimesRejection(
  lifetimes: ProtectionLifetimes | undefined,
  now: number,
): RejectReason | undefined {
  if (lifetimes === undefined) return undefined;
  for (const orderType of PROTECTIVE_ORDER_TYPES) {
    const lifetime = lifetimes[orderType];
    const reason = lifetime && lifetimeRejection(orderType, lifetime, now);
    if (reason) return reason;
  }
  return undefined;
}

/**
 * Source: OANDA v20. What protects a position names no units there. What closes out a net position fills what there is, so that the
 * largest order does not bind it: lots of several orders may come to more.
 */
function unitsRejection(terms: OrderTerms, instrument: Instrument): RejectReason | undefined {
  const { units } = terms;
  if (isProtective(terms)) return undefined;
  if (!(units > 0)) return 'units-invalid';
  if (units > instrument.maximumOrderUnits && !isCloseOut(terms)) return 'units-limit-exceeded';
  if (!isUnits(instrument, units)) return 'units-precision-exceeded';
  return units < instrument.minimumUnits ? 'units-minimum-not-met' : undefined;
}

function trailingRejection(
  { orderType, trailingDistance }: OrderTerms,
  instrument: Instrument,
): RejectReason | undefined {
  const isMissing = orderType === 'trailing_stop' && trailingDistance === undefined;
  return isMissing ? 'trailing-distance-invalid' : distanceRejection(trailingDistance, instrument);
}

function priceRejection(terms: OrderTerms): RejectReason | undefined {
  const { orderType, takeProfit, stopLoss, takeProfitDistance, stopLossDistance } = terms;
  const isByDistance = orderType === 'stop_loss' && stopLossDistance !== undefined;
  const isPriced = orderType !== 'market' && orderType !== 'trailing_stop';
  if (isPriced && !isByDistance && terms.price === undefined) return 'price-missing';
  const isBoth =
    (isByDistance && terms.price !== undefined) ||
    (stopLoss !== undefined && stopLossDistance !== undefined) ||
    (takeProfit !== undefined && takeProfitDistance !== undefined);
  if (isBoth) return 'price-and-distance';
  const prices = [terms.price, terms.priceBound, takeProfit, stopLoss, takeProfitDistance, stopLossDistance];
  return pointsRejection(prices);
}

/**
 * Returns why a protective order is rejected, or undefined when its position has no other of its type, or only the one whose place it
 * takes. Source: OANDA v20: one take profit, stop loss and trailing stop for each trade.
 */
export function protectiveRejection(
  { terms, protects, replaces }: OrderRequest,
  { openPositions, openOrders }: Ledger,
): RejectReason | undefined {
  if (!isProtective(terms)) return protects === undefined ? undefined : 'position-fill-invalid';
  const position = protects === undefined ? undefined : openPositions.get(protects);
  const isOfPosition = position?.instrument === terms.instrument && closingSide(position.side) === terms.side;
  if (!position || !isOfPosition) return 'position-unknown';
  for (const order of openOrders.values()) {
    if (order.brokerPositionId !== protects || order.terms.orderType !== terms.orderType) continue;
    if (order.orderId !== replaces) return 'protection-exists';
  }
  return undefined;
}

/** Returns why an order cannot take the place of another, or undefined when it can. */
export function replacementRejection(
  terms: OrderTerms,
  replaced: LedgerOrder | undefined,
): RejectReason | undefined {
  if (!replaced) return 'order-unknown';
  return isReplacementFor(terms, replaced.terms) ? undefined : 'replacement-invalid';
}

/** Returns why closing is rejected, or undefined when it is acceptable. */
export function closeRejection(
  units: number | undefined,
  position: Position | undefined,
  instruments: Instruments,
): RejectReason | undefined {
  if (!position) return 'position-unknown';
  if (units === undefined) return undefined;
  if (!(units > 0)) return 'units-invalid';
  if (!isUnits(instruments.named(position.instrument), units)) return 'units-precision-exceeded';
  return units > position.openUnits ? 'close-units-exceed-position' : undefined;
}

/** Returns why a change of protection is rejected at `now`, or undefined when it is acceptable. */
export function protectionRejection(
  request: ProtectionRequest,
  position: Position | undefined,
  { instruments, now }: { readonly instruments: Instruments; readonly now: number },
): RejectReason | undefined {
  const instrument = position && instruments.find(position.instrument);
  if (!instrument) return 'position-unknown';
  const { takeProfit, stopLoss, stopLossDistance } = request;
  if (stopLoss !== undefined && stopLossDistance !== undefined) return 'price-and-distance';
  return (
    pointsRejection([takeProfit, stopLoss, stopLossDistance]) ??
    distanceRejection(request.trailingDistance, instrument) ??
    lifetimesRejection(request.lifetimes, now)
  );
}

/** Returns whether an order that is still open has this client order id; the broker forgets those of finished orders. */
export function isClientOrderIdTaken(id: string, openOrders: ReadonlyMap<number, LedgerOrder>): boolean {
  for (const order of openOrders.values()) {
    if (order.clientOrderId === id) return true;
  }
  return false;
}

function pointsRejection(prices: readonly (number | null | undefined)[]): RejectReason | undefined {
  let reason: RejectReason | undefined;
  for (const price of prices) {
    if (price == null) continue;
    if (!(price > 0 && price <= Number.MAX_SAFE_INTEGER)) return 'price-invalid';
    if (!Number.isInteger(price)) reason = 'price-precision-exceeded';
  }
  return reason;
}

function distanceRejection(
  points: number | null | undefined,
  { minimumTrailingPoints, maximumTrailingPoints }: Instrument,
): RejectReason | undefined {
  if (points == null) return undefined;
  if (!(points > 0)) return 'trailing-distance-invalid';
  if (points > maximumTrailingPoints) return 'trailing-distance-maximum-exceeded';
  if (!Number.isInteger(points)) return 'trailing-distance-precision-exceeded';
  return points < minimumTrailingPoints ? 'trailing-distance-minimum-not-met' : undefined;
}
