/** Finds out what became of orders whose answer was lost: their row says submitted, the broker's log knows. */

import { positionRowId } from '../core/domain/projection.ts';
import type { Broker } from '../brokers/broker.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { OrderStore, StoredOrder } from './orders/order-store.ts';
import type { AccountRecorder } from './account-recorder.ts';

/** What reconciling needs. `now` is the wall clock: delays are a matter of networks, not of markets. */
export interface ReconcileDependencies {
  readonly accountId: string;
  readonly engine: Engine;
  readonly broker: Broker;
  readonly recorder: AccountRecorder;
  readonly orders: OrderStore;
  readonly now: () => number;
}

/**
 * Reads the log to its end; an order of ours that it does not hold after the broker's longest delay never reached it, and is recorded
 * so. One that may still arrive counts as in flight: nothing doubles it meanwhile. None is sent again: its strategy or person
 * decides again.
 */
export async function reconcile(dependencies: ReconcileDependencies): Promise<void> {
  const { accountId, engine, broker, recorder, orders, now } = dependencies;
  for (const order of await orders.notInLogOf(accountId)) {
    recorder.awaitOrder({ ...order, brokerPositionId: closedPosition(engine, accountId, order) });
  }
  await recorder.catchUp();
  for (const order of await orders.inStatuses(accountId, ['submitted'])) {
    const { id, terms, strategyId, submittedAt = 0 } = order;
    const mayArrive = now() - order.createdAt < broker.lateArrivalMs;
    if (mayArrive) engine.expectOutcome({ id, terms, strategyId, decidedAt: submittedAt });
    else await recorder.recordNotSent(id, 'not-received');
  }
}

/** The broker's number of the open position that an order is to close. */
function closedPosition(engine: Engine, accountId: string, { positionId }: StoredOrder): number | undefined {
  if (positionId === undefined) return undefined;
  const positions = [...engine.ledger.openPositions.values()];
  return positions.find((position) => positionRowId(accountId, position) === positionId)?.brokerPositionId;
}
