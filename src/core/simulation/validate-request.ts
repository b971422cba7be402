/** What is wrong with a request before the exchange takes it, in the order in which the broker looks. */

import { isReplacementFor } from '../domain/order.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { Instruments } from '../domain/instruments.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { OrderTerms, OrderType, ProtectionRequest, TimeInForce } from '../domain/order.ts';
import type { Position } from '../domain/position.ts';
import type { RejectReason } from '../domain/transaction.ts';

const TIMES_IN_FORCE_OF: Partial<Record<OrderType, readonly TimeInForce[]>> = {
  market: ['FOK', 'IOC'],
  limit: ['GTC', 'GTD', 'FOK', 'IOC'],
  stop: ['GTC', 'GTD', 'FOK', 'IOC'],
};

/** Returns why an order is rejected at `now`, or undefined when it is acceptable. */
export function orderRejection(
  terms: OrderTerms,
  instruments: Instruments,
  now: number,
): RejectReason | undefined {
  const instrument = instruments.find(terms.instrument);
  if (!instrument) return 'instrument-unknown';
  if (instrument.unitsPrecision !== 0) return 'units-invalid';
  const allowed = TIMES_IN_FORCE_OF[terms.orderType];
  // Protection is made with a position or by changing one: as an order of its own it has none to protect.
  if (!allowed) return 'position-unknown';
  if (!isWhole(terms.units, instrument.minimumUnits, instrument.maximumOrderUnits)) return 'units-invalid';
  if (terms.orderType !== 'market' && terms.price === undefined) return 'price-missing';
  const prices = [terms.price, terms.priceBound, terms.takeProfit, terms.stopLoss];
  if (!prices.every(isAbsentOrPrice)) return 'price-invalid';
  if (!isAbsentOrDistance(terms.trailingDistance, instrument)) return 'trailing-distance-invalid';
  if (terms.timeInForce === 'GTD' && !(terms.expiresAt !== undefined && terms.expiresAt > now))
    return 'expiry-invalid';
  return allowed.includes(terms.timeInForce) ? undefined : 'time-in-force-invalid';
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
): RejectReason | undefined {
  if (!position) return 'position-unknown';
  if (units === undefined) return undefined;
  if (!isWhole(units, 1, Infinity)) return 'units-invalid';
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
  if (![request.takeProfit, request.stopLoss].every(isAbsentOrPrice)) return 'price-invalid';
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
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

function isAbsentOrPrice(price: number | null | undefined): boolean {
  return price == null || isWhole(price, 1, Infinity);
}

function isAbsentOrDistance(points: number | null | undefined, instrument: Instrument): boolean {
  return (
    points == null || isWhole(points, instrument.minimumTrailingPoints, instrument.maximumTrailingPoints)
  );
}
