/** Cancelling orders: why the exchange does it, and when they expire. */

import { expiryOf } from './resting-order.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { CancelReason } from '../domain/transaction.ts';
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

/** Moves the account's time on and cancels the orders whose time is over by then, each in a batch of its own and when it ended. */
export function passTime(account: SimulatedAccount, until: number): void {
  if (until >= account.nextExpiryAt) expireOrders(account, until);
  account.clock.advance(until);
}

function expireOrders(account: SimulatedAccount, until: number): void {
  const ending = [...account.ledger.openOrders.values()].filter((order) => expiryOf(order) < Infinity);
  ending.sort((a, b) => expiryOf(a) - expiryOf(b));
  account.nextExpiryAt = Infinity;
  for (const order of ending) {
    const expiresAt = expiryOf(order);
    if (expiresAt > until) {
      account.nextExpiryAt = expiresAt;
      return;
    }
    account.clock.advance(expiresAt);
    account.startBatch();
    cancelOrder(account, order, 'expired');
  }
}
