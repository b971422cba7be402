/** Filling what a move of the market triggers. */

import { fillOrder } from './fill-order.ts';
import { marketPrice } from './fill-price.ts';
import { firstTriggered, oldestTriggered } from './order-matcher.ts';
import { noteUnfollowed, takesBetterPrice, trail, waitsForBetter } from './resting-order.ts';
import type { OrderSide } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { Move, Travel } from './order-matcher.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/**
 * Takes what was written at each order that is triggered inside a candle. The quote of that moment is in force meanwhile, and
 * requests may be made; then the move goes on. A jump does not stop: nobody can act between two quotes.
 */
export type OnStop = (written: readonly Transaction[]) => void;

/**
 * Moves an instrument's market to a quote, filling (or cancelling) each triggered order in a batch of its own; what a fill
 * brings along may fill later on the same move. Then trailing stops follow, unless the price is inside a candle.
 * Returns whether one of them has yet to.
 */
export function matchOrders(
  account: SimulatedAccount,
  to: Quote,
  travel: Travel,
  onStop: OnStop | undefined,
): boolean {
  const market = account.marketOf(to.instrument);
  const { heldAfter } = market;
  fillTriggered(account, { from: account.tradableQuote(to.instrument), to, travel, heldAfter }, onStop);
  account.value.setQuote(to);
  if (travel === 'continuous') {
    let hasUnfollowed = false;
    for (const order of market.restingById.values())
      hasUnfollowed = noteUnfollowed(order, to) || hasUnfollowed;
    return hasUnfollowed;
  }
  for (const order of market.restingById.values()) trail(order, to);
  fillAtClose(account, to);
  return false;
}

function fillTriggered(account: SimulatedAccount, move: Move, onStop: OnStop | undefined): void {
  const { restingById } = account.marketOf(move.to.instrument);
  let { from } = move;
  for (;;) {
    const triggering = firstTriggered(restingById.values(), { ...move, from });
    if (!triggering) break;
    const { resting, quote } = triggering;
    account.value.setQuote(quote);
    account.startBatch();
    const expectedPrice = takesBetterPrice(resting.order) ? undefined : resting.trigger;
    fillOrder(account, { order: resting.order, quote, expectedPrice });
    from = quote;
    if (move.travel !== 'jump') onStop?.(account.takeWritten());
  }
}

/**
 * Fills what the end of a candle triggers: stops that followed its best price, and orders that were placed inside it. Of those, one
 * that may fill at a better price gets its own, because the market was there before it was at the close; but never a better one than
 * the market's, where the price that triggers it is not the one that it fills at.
 */
function fillAtClose(account: SimulatedAccount, quote: Quote): void {
  const { restingById } = account.marketOf(quote.instrument);
  for (;;) {
    const resting = oldestTriggered(restingById.values(), quote);
    if (!resting) break;
    account.startBatch();
    const { order, trigger } = resting;
    const price = waitsForBetter(order) ? worseOf(order.terms.side, trigger, quote) : undefined;
    fillOrder(account, { order, quote, price, expectedPrice: trigger });
  }
}

function worseOf(side: OrderSide, price: number, quote: Quote): number {
  const market = marketPrice(side, quote);
  return side === 'buy' ? Math.max(price, market) : Math.min(price, market);
}
