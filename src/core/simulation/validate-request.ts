/** What is wrong with a request before the exchange takes it, in the order in which the broker looks. */

import { isProtective, isReplacementFor, LONGEST_TAG, TIMES_IN_FORCE_OF } from '../domain/order.ts';
import { closingSide } from '../domain/position.ts';
import { isUnits } from '../domain/units.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Instruments } from '../domain/instruments.ts';
import type { Ledger, LedgerOrder } from '../domain/ledger.ts';
import type { OrderRequest, OrderTerms, ProtectionRequest } from '../domain/order.ts';
import type { Position } from '../domain/position.ts';
import type { RejectReason } from '../domain/transaction.ts';

/** Returns why an order is rejected at `now`, or undefined when it is acceptable. */
export function orderRejection(
  terms: OrderTerms,
  instruments: Instruments,
  now: number,
): RejectReason | undefined {
  const instrument = instruments.find(terms.instrument);
  if (!instrument) return 'instrument-unknown';
  const { orderType, timeInForce, expiresAt, triggerCondition = 'DEFAULT', tag = '', comment = '' } = terms;
  if (instrument.unitsPrecision !== 0 || !isUnits(instrument, terms.units)) return 'units-invalid';
  if (!isWithin(terms.units, instrument.minimumUnits, instrument.maximumOrderUnits)) return 'units-invalid';
  const priceReason = priceRejection(terms);
  if (priceReason) return priceReason;
  const isTrailing = orderType === 'trailing_stop';
  if (isTrailing && terms.trailingDistance === undefined) return 'trailing-distance-invalid';
  if (!isAbsentOrDistance(terms.trailingDistance, instrument)) return 'trailing-distance-invalid';
  if (timeInForce === 'GTD' && !(expiresAt !== undefined && expiresAt > now)) return 'expiry-invalid';
  if (!TIMES_IN_FORCE_OF[orderType].includes(timeInForce)) return 'time-in-force-invalid';
  if (orderType === 'market' && triggerCondition !== 'DEFAULT') return 'trigger-condition-invalid';
  if (isProtective(terms) && terms.positionFill !== undefined) return 'position-fill-invalid';
  if (tag.length > LONGEST_TAG) return 'client-tag-invalid';
  return comment.length > LONGEST_TAG ? 'client-comment-invalid' : undefined;
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
  return prices.every(isAbsentOrPrice) ? undefined : 'price-invalid';
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
  if (!isUnits(instruments.named(position.instrument), units)) return 'units-invalid';
  return units > position.openUnits ? 'close-units-exceed-position' : undefined;
}

/** Returns why a change of protection is rejected, or undefined when it is acceptable. */
export function protectionRejection(
  request: ProtectionRequest,
  position: Position | undefined,
  instruments: Instruments,
): RejectReason | undefined {
  const instrument = position && instruments.find(position.instrument);
  if (!instrument) return 'position-unknown';
  const { takeProfit, stopLoss, stopLossDistance } = request;
  if (stopLoss !== undefined && stopLossDistance !== undefined) return 'price-and-distance';
  if (![takeProfit, stopLoss, stopLossDistance].every(isAbsentOrPrice)) return 'price-invalid';
  return isAbsentOrDistance(request.trailingDistance, instrument) ? undefined : 'trailing-distance-invalid';
}

/** Returns whether an order that is still open has this client order id; the broker forgets those of finished orders. */
export function isClientOrderIdTaken(id: string, openOrders: ReadonlyMap<number, LedgerOrder>): boolean {
  for (const order of openOrders.values()) {
    if (order.clientOrderId === id) return true;
  }
  return false;
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && isWithin(value, least, most);
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function isAbsentOrPrice(price: number | null | undefined): boolean {
  return price == null || isWhole(price, 1, Infinity);
}

function isAbsentOrDistance(points: number | null | undefined, instrument: Instrument): boolean {
  return (
    points == null || isWhole(points, instrument.minimumTrailingPoints, instrument.maximumTrailingPoints)
  );
}
