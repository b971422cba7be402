/** What happens by the clock alone: orders expire, and trading days end. */

import { tradingDayEnd } from '../domain/trading-calendar.ts';
import { unreachable } from '../shared/assert.ts';
import { cancelOrder } from './cancel-order.ts';
import { chargeFinancing } from './charge-financing.ts';
import { expiryOf } from './resting-order.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/** Moves the account's time on, and does what is due by then in order, each in a batch of its own and dated when it was due. */
export function passTime(account: SimulatedAccount, until: number): void {
  if (until >= account.timers.nextAt) doWhatIsDue(account, until);
  account.clock.advance(until);
}

function doWhatIsDue(account: SimulatedAccount, until: number): void {
  for (let due = account.timers.firstDue(until); due; due = account.timers.firstDue(until)) {
    const at = account.timers.nextAt;
    account.clock.advance(at);
    switch (due) {
      case 'expiry':
        expireOrders(account, at);
        break;
      case 'day-end':
        endDay(account, at, until);
        break;
      default:
        unreachable(due);
    }
  }
}

function expireOrders(account: SimulatedAccount, until: number): void {
  const ending = [...account.ledger.openOrders.values()].filter((order) => expiryOf(order) < Infinity);
  ending.sort((a, b) => expiryOf(a) - expiryOf(b));
  const left = ending.find((order) => expiryOf(order) > until);
  account.timers.set('expiry', left ? expiryOf(left) : Infinity);
  for (const order of ending) {
    if (expiryOf(order) > until) return;
    account.startBatch();
    cancelOrder(account, order, 'expired');
  }
}

/** Where nothing is open, no day has anything to charge, however many pass. */
function endDay(account: SimulatedAccount, dayEndsAt: number, until: number): void {
  const isInvested = account.ledger.openPositions.size > 0;
  account.timers.set('day-end', tradingDayEnd(isInvested ? dayEndsAt : until));
  if (isInvested) chargeFinancing(account, dayEndsAt);
}
