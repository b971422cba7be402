/**
 * Leases of entries that rest: the broker keeps such an order for a short time only, and this server renews it. OANDA has no lease: there it
 * is a GTD order with an early end, which is put in its own place with a later one.
 */

import { isOcoType } from './order.ts';
import { MINUTE_MS, tradingDayEnd } from './trading-calendar.ts';
import { isMarketOpen, nextOpenInstant } from './trading-hours.ts';
import type { TradingHoursName } from './instrument.ts';
import type { Lifetime, OrderTerms } from './order.ts';

/** Returns whether an order can have a lease: it waits for its price, and protects nothing. */
export function isLeasable({
  orderType,
  timeInForce,
}: Pick<OrderTerms, 'orderType' | 'timeInForce'>): boolean {
  return isOcoType(orderType) && timeInForce !== 'FOK' && timeInForce !== 'IOC';
}

/**
 * Returns when a lease that begins now ends (UTC ms). One that would end while the market is closed ends a lease after it opens: nothing
 * can fill until then, and an order is meant to outlive a weekend.
 */
export function leaseEnd(hours: TradingHoursName, now: number, minutes: number): number {
  const leaseMs = minutes * MINUTE_MS;
  const end = now + leaseMs;
  return isMarketOpen(hours, end) ? end : nextOpenInstant(hours, end) + leaseMs;
}

/** Returns when an order ends by itself (UTC ms), leases aside; Infinity for one that is good till cancelled. */
export function ownEnd({ timeInForce, expiresAt = Infinity }: Lifetime, createdAt: number): number {
  if (timeInForce === 'GFD') return tradingDayEnd(createdAt);
  return timeInForce === 'GTD' ? expiresAt : Infinity;
}

/** Returns the terms under which a broker has the order: a lease is an early end there. */
export function termsAtBroker(terms: OrderTerms): OrderTerms {
  const { leaseUntil, ...others } = terms;
  return leaseUntil === undefined ? terms : { ...others, timeInForce: 'GTD', expiresAt: leaseUntil };
}

/** Returns our terms of an order that is good for as long at the broker: an end that was not asked for is its lease. */
export function withLeaseOf(own: OrderTerms, { timeInForce, expiresAt }: Lifetime): OrderTerms {
  const isLease = timeInForce === 'GTD' && (own.timeInForce !== 'GTD' || own.expiresAt !== expiresAt);
  return { ...own, leaseUntil: isLease ? expiresAt : undefined };
}
