/** Filling what a move of the market triggers. */

import { fillOrder } from './fill-order.ts';
import { firstTriggered } from './order-matcher.ts';
import { noteUnfollowed, takesBetterPrice, trail } from './resting-order.ts';
import type { Quote } from '../domain/quote.ts';
import type { Travel } from './order-matcher.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/**
 * Moves an instrument's market to a quote, filling (or cancelling) each triggered order in a batch of its own; what a fill
 * brings along may fill later on the same move. Then trailing stops follow, unless the price is inside a candle.
 * Returns whether one of them has yet to.
 */
export function matchOrders(account: SimulatedAccount, to: Quote, travel: Travel): boolean {
  const resting = account.marketOf(to.instrument).restingById;
  fillTriggered(account, account.tradableQuote(to.instrument), to, travel);
  account.value.setQuote(to);
  if (travel === 'continuous') {
    let hasUnfollowed = false;
    for (const order of resting.values()) hasUnfollowed = noteUnfollowed(order, to) || hasUnfollowed;
    return hasUnfollowed;
  }
  for (const order of resting.values()) trail(order, to);
  // A stop that followed the candle's best price may lie beyond its close already.
  if (travel === 'closing') fillTriggered(account, to, to, 'jump');
  return false;
}

function fillTriggered(account: SimulatedAccount, start: Quote | undefined, to: Quote, travel: Travel): void {
  const { restingById } = account.marketOf(to.instrument);
  let from = start;
  for (;;) {
    const triggering = firstTriggered(restingById.values(), { from, to, travel });
    if (!triggering) break;
    const { resting, quote } = triggering;
    account.value.setQuote(quote);
    account.startBatch();
    const expectedPrice = takesBetterPrice(resting.order) ? undefined : resting.trigger;
    fillOrder(account, { order: resting.order, quote, expectedPrice });
    from = quote;
  }
}
