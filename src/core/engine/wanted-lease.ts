/** Until when the broker is to keep an entry that is sent or renewed now. */

import { isLeasable, leaseEnd, ownEnd } from '../domain/lease.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { EngineState } from './engine-state.ts';

/** Returns the terms of an order that is sent now, with its lease if it is to have one. */
export function withLease(state: EngineState, terms: OrderTerms): OrderTerms {
  const leaseUntil = wantedLease(state, terms, state.at);
  return leaseUntil === terms.leaseUntil ? terms : { ...terms, leaseUntil };
}

/** Returns when a lease of the order ends that begins now; undefined when it is to have none, or ends by itself before. */
export function wantedLease(state: EngineState, terms: OrderTerms, createdAt: number): number | undefined {
  const { entryLeaseMinutes } = state.limits;
  if (entryLeaseMinutes === undefined || !isLeasable(terms)) return undefined;
  const hours = state.portfolio.value.instruments.hoursOf(terms.instrument);
  const end = leaseEnd(hours, state.at, entryLeaseMinutes);
  return end < ownEnd(terms, createdAt) ? end : undefined;
}
