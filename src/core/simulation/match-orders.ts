/** Filling what a move of the market triggers. */

import { fillOrder } from './fill-order.ts';
import { firstTriggered } from './order-matcher.ts';
import { takesBetterPrice, trail } from './resting-order.ts';
import type { Quote } from '../domain/quote.ts';
import type { Travel } from './order-matcher.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/**
 * Moves an instrument's market to a quote, filling (or cancelling) each triggered order in a batch of its own; what a fill
 * brings along may fill later on the same move. Then trailing stops follow.
 */
export function matchOrders(account: SimulatedAccount, to: Quote, travel: Travel): void {
  const { restingById } = account.marketOf(to.instrument);
  let from = account.tradableQuote(to.instrument);
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
  account.value.setQuote(to);
  for (const resting of restingById.values()) trail(resting, to);
}
