/** Finds out what became of orders whose answer was lost: their row says submitted, the broker's log knows. */

import type { Broker } from '../brokers/broker.ts';
import type { Effect } from '../core/engine/effect.ts';
import type { OrderStore, StoredOrder } from './orders/order-store.ts';
import type { AccountRecorder } from './account-recorder.ts';

/** What reconciling needs. `now` is the clock on the wall: lateness is a matter of networks, not of markets. */
export interface ReconcileDependencies {
  readonly accountId: string;
  readonly broker: Broker;
  readonly recorder: AccountRecorder;
  readonly orders: OrderStore;
  readonly now: () => number;
}

/** How an account stands after reconciling. */
export interface Reconciliation {
  /** Orders that may still arrive at the broker. */
  readonly unresolved: readonly StoredOrder[];
  readonly effects: readonly Effect[];
}

/**
 * Reads the log to its end; an order of ours that it does not hold after the broker's longest delay never reached it, and says so.
 * It is not sent again: anyone who wanted it decides again.
 */
export async function reconcile(dependencies: ReconcileDependencies): Promise<Reconciliation> {
  const { accountId, broker, recorder, orders, now } = dependencies;
  const effects = [...(await recorder.catchUp())];
  const submitted = await orders.inStatuses(accountId, ['submitted']);
  const unresolved: StoredOrder[] = [];
  for (const order of submitted) {
    if (now() - order.createdAt < broker.lateArrivalMs) unresolved.push(order);
    else effects.push(...(await recorder.recordNotSent(order.id, 'not-received')));
  }
  return { unresolved, effects };
}
