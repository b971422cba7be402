/** What became of orders whose answer was lost before this start: their row says submitted, the broker's log knows. */

import { isProtective } from '../core/domain/order.ts';
import type { Broker } from '../brokers/broker.ts';
import type { CloseRequest, OrderRequest } from '../core/domain/order.ts';
import type { Effect } from '../core/engine/effect.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { OrderStore, UnseenOrder } from './orders/order-store.ts';
import type { AccountRecorder } from './account-recorder.ts';

/** What reconciling needs. */
export interface ReconcileDependencies {
  readonly accountId: string;
  readonly engine: Engine;
  readonly broker: Broker;
  readonly recorder: AccountRecorder;
  readonly orders: OrderStore;
}

/** What the log came to, and the requests of which it shows nothing so far: they are in flight with an unknown outcome. */
export interface Reconciled {
  readonly effects: readonly Effect[];
  readonly unknown: readonly UnknownRequest[];
}

/** A request whose answer was lost, and how long ago it was recorded to be sent. */
export type UnknownRequest = Pick<UnseenOrder, 'id' | 'ageMs'>;

/**
 * Reads the log to its end. An order of ours that it does not hold may still arrive, so it counts as in flight as what it was: a close stays
 * a close of its position. None is sent again: its strategy or person decides again.
 */
export async function reconcile(dependencies: ReconcileDependencies): Promise<Reconciled> {
  const { accountId, engine, broker, recorder, orders } = dependencies;
  for (const order of await orders.notInLogOf(accountId)) if (!isLostClose(order)) recorder.awaitOrder(order);
  const effects = await recorder.recordLog(await broker.transactionsSince(engine.ledger.lastTransactionId));
  const unseen = await orders.notInLogOf(accountId);
  const unknown = unseen.filter(({ status }) => status === 'submitted');
  for (const order of unknown) engine.expectOutcome(requestOf(order, engine));
  return { effects, unknown };
}

/** A close of the same position that the log shows later is another's: it has no client id there. */
function isLostClose({ status, brokerPositionId, terms }: UnseenOrder): boolean {
  return status === 'rejected' && brokerPositionId !== undefined && !isProtective(terms);
}

function requestOf(order: UnseenOrder, engine: Engine): OrderRequest | CloseRequest {
  const { id, strategyId, terms, brokerPositionId, submittedAt: decidedAt = 0 } = order;
  if (brokerPositionId === undefined || isProtective(terms))
    return { id, strategyId, terms, replaces: order.replaces, protects: brokerPositionId, decidedAt };
  const openUnits = engine.ledger.openPositions.get(brokerPositionId)?.openUnits ?? 0;
  const units = terms.units < openUnits ? terms.units : undefined;
  return { id, strategyId, brokerPositionId, units, decidedAt };
}
