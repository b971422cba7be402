/** Cancelling orders: why the exchange does it, and when they expire. */

import { expiryOf } from './resting-order.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { CancelReason } from '../domain/transaction.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/** Writes that an open order is cancelled. */
export function cancelOrder(account: SimulatedAccount, order: LedgerOrder, reason: CancelReason): void {
  account.write({
    type: 'order-cancelled',
    orderId: order.orderId,
    clientOrderId: order.clientOrderId,
    reason,
  });
}

/** Writes that a position which is gone needs no protection any more. */
export function cancelLinkedOrders(account: SimulatedAccount, brokerPositionId: number): void {
  const linked = [...account.ledger.openOrders.values()].filter(
    (order) => order.brokerPositionId === brokerPositionId,
  );
  for (const order of linked) cancelOrder(account, order, 'linked-position-closed');
}

/** Cancels the orders whose time is over by the account's clock, each in a batch of its own. */
export function expireOrders(account: SimulatedAccount): void {
  const { now } = account.clock;
  if (now < account.nextExpiryAt) return;
  account.nextExpiryAt = Infinity;
  for (const order of account.ledger.openOrders.values()) {
    const expiresAt = expiryOf(order);
    if (expiresAt > now) {
      account.nextExpiryAt = Math.min(account.nextExpiryAt, expiresAt);
      continue;
    }
    account.startBatch();
    cancelOrder(account, order, 'expired');
  }
}
