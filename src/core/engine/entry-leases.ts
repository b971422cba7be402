/**
 * Leases: on an account with `entryLeaseMinutes` the broker keeps an entry of ours that rests for so long only, and a heartbeat renews it well
 * before half of that is over. When this server dies, its entries lapse; what protects positions has no lease and stays.
 *
 * A renewal asks the broker to put the order in its own place, by its number there. One that comes too late, or twice, finds no order with
 * that number and changes nothing, so it may be asked for again whatever became of the one before.
 */

import { isLeasable } from '../domain/lease.ts';
import { MINUTE_MS } from '../domain/trading-calendar.ts';
import { subtractUnits } from '../domain/units.ts';
import { wantedLease } from './wanted-lease.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { EngineParts } from './engine-parts.ts';
import type { EngineState } from './engine-state.ts';

/** A renewal that the log does not show is asked for again this much later: three times and more within the shortest lease. */
const RETRY_MS = 30_000;

/** So many renewals leave at one look: a hundred entries must not crowd out a close. The rest leave at the next, a second later. */
const MOST_AT_ONCE = 10;

/** Of a lease, a third is over when it is renewed. */
const LEFT_AT_RENEWAL = 2 / 3;

/** Asks for the renewals that are due; an entry without a lease gets one, and one that shall have none gets its own end back. */
export function renewLeases({ state, unwinding }: Pick<EngineParts, 'state' | 'unwinding'>): void {
  const { openOrders } = state.portfolio.ledger;
  // This is asked at the end of every candle, mostly while nothing rests.
  if (openOrders.size === 0 && state.inFlight.renewalsAskedAt.size === 0) return;
  for (const orderId of state.inFlight.renewalsAskedAt.keys())
    if (!openOrders.has(orderId)) state.inFlight.renewalsAskedAt.delete(orderId);
  let left = MOST_AT_ONCE;
  for (const order of openOrders.values()) {
    if (left === 0) return;
    const { clientOrderId } = order;
    if (clientOrderId === undefined || unwinding.isEnding(clientOrderId)) continue;
    if (!isDue(state, order) || !isRenewable(state, order)) continue;
    renew(state, order, clientOrderId);
    left -= 1;
  }
}

function renew(state: EngineState, order: LedgerOrder, id: string): void {
  const { orderId: replaces, strategyId, terms, filledUnits, createdAt } = order;
  state.inFlight.renewalsAskedAt.set(replaces, state.at);
  const renewed = {
    ...terms,
    units: subtractUnits(terms.units, filledUnits),
    leaseUntil: wantedLease(state, terms, createdAt),
  };
  const request = { id, strategyId, terms: renewed, replaces, isRenewal: true, decidedAt: state.at };
  state.emit({ type: 'renew-order', request });
}

/** What rests and can have a lease, while its market is open and no other order is on its way to its place. */
function isRenewable(state: EngineState, { orderId, brokerPositionId, terms }: LedgerOrder): boolean {
  if (brokerPositionId !== undefined || !isLeasable(terms) || !state.isMarketOpen(terms.instrument))
    return false;
  if (state.at < (state.inFlight.renewalsAskedAt.get(orderId) ?? -Infinity) + RETRY_MS) return false;
  for (const { replaces } of state.inFlight.orders()) if (replaces === orderId) return false;
  return true;
}

function isDue(state: EngineState, { terms, createdAt }: LedgerOrder): boolean {
  const { leaseUntil } = terms;
  const wanted = wantedLease(state, terms, createdAt);
  if (leaseUntil === undefined || wanted === undefined) return leaseUntil !== wanted;
  const leaseMs = (state.limits.entryLeaseMinutes ?? 0) * MINUTE_MS;
  return leaseUntil > wanted || leaseUntil - state.at <= leaseMs * LEFT_AT_RENEWAL;
}
