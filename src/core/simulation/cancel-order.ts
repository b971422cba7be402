/** Cancelling orders, and why the exchange does it. */

import type { LedgerOrder } from '../domain/ledger.ts';
import type { CancelReason } from '../domain/transaction-reasons.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/** Writes that an open order is cancelled. */
export function cancelOrder(account: SimulatedAccount, order: LedgerOrder, reason: CancelReason): void {
  const { orderId, clientOrderId } = order;
  account.write({ type: 'order-cancelled', orderId, clientOrderId, reason });
}

/** Writes that an open order gives its place to the one that is created next. */
export function cancelReplaced(account: SimulatedAccount, { orderId, clientOrderId }: LedgerOrder): void {
  const replacedBy = account.ledger.lastTransactionId + 2;
  account.write({ type: 'order-cancelled', orderId, clientOrderId, reason: 'replaced', replacedBy });
}

/** Writes that a position which is gone needs no protection any more. */
export function cancelLinkedOrders(account: SimulatedAccount, brokerPositionId: number): void {
  const linked = [...account.ledger.openOrders.values()].filter(
    (order) => order.brokerPositionId === brokerPositionId,
  );
  for (const order of linked) cancelOrder(account, order, 'linked-position-closed');
}
