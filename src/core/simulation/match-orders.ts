/** Filling what a move of the market triggers. */

import { fillOrder } from './fill-order.ts';
import { priceAtTrigger } from './fill-price.ts';
import { firstTriggered, oldestTriggered } from './order-matcher.ts';
import { noteUnfollowed, takesBetterPrice, trail, waitsForBetter } from './resting-order.ts';
import type { Quote } from '../domain/quote.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { Move, Travel } from './order-matcher.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/**
 * Takes what was written at each order that is triggered inside a candle. The quote of that moment is in force meanwhile, and
 * requests may be made; then the move continues. A jump does not stop: no one can act between two quotes.
 */
export type OnStop = (written: readonly Transaction[]) => void;

/** The orders that took all that the market gave them at a quote: they wait for the next one. */
type LeftOrders = ReadonlySet<number>;

const NONE: LeftOrders = new Set();

/**
 * Moves an instrument's market to a quote, filling (or cancelling) each triggered order in a batch of its own; what a fill
 * brings along may fill later on the same move. Then trailing stops follow, unless the price is inside a candle.
 * Returns whether the next move must be looked at, however small: one of them has yet to follow, or an order waits for depth.
 */
export function matchOrders(
  account: SimulatedAccount,
  to: Quote,
  travel: Travel,
  onStop: OnStop | undefined,
): boolean {
  const market = account.marketOf(to.instrument);
  const { heldAfter } = market;
  const move = { from: account.tradableQuote(to.instrument), to, travel, heldAfter, left: NONE };
  const left = fillTriggered(account, move, onStop);
  account.value.setQuote(to);
  if (travel === 'continuous') {
    let mustLook = left.size > 0;
    for (const order of market.restingById.values()) mustLook = noteUnfollowed(order, to) || mustLook;
    return mustLook;
  }
  for (const order of market.restingById.values()) trail(order, to);
  // A candle's close is a moment of its own; a jump has only one.
  return fillAtClose(account, to, travel === 'jump' ? left : NONE).size > 0;
}

function fillTriggered(account: SimulatedAccount, move: Move, onStop: OnStop | undefined): LeftOrders {
  const { restingById } = account.marketOf(move.to.instrument);
  let { from, left } = move;
  for (;;) {
    const triggering = firstTriggered(restingById.values(), { ...move, from, left });
    if (!triggering) return left;
    const { resting, quote } = triggering;
    account.value.setQuote(quote);
    account.startBatch();
    const expectedPrice = takesBetterPrice(resting.order) ? undefined : priceAtTrigger(resting, quote);
    fillOrder(account, { order: resting.order, quote, expectedPrice });
    left = withThose(left, account, resting.order.orderId);
    from = quote;
    if (move.travel !== 'jump') onStop?.(account.takeWritten());
  }
}

/**
 * Fills what the end of a candle triggers: stops that followed its best price, and orders that were placed inside it. Of those, one
 * that may fill at a better price gets its own, because the market was there before it was at the close; where another price triggers it,
 * what its own side of the market was then.
 */
function fillAtClose(account: SimulatedAccount, quote: Quote, leftBefore: LeftOrders): LeftOrders {
  const { restingById } = account.marketOf(quote.instrument);
  let left = leftBefore;
  for (;;) {
    const resting = oldestTriggered(restingById.values(), quote, left);
    if (!resting) return left;
    account.startBatch();
    const { order } = resting;
    const expectedPrice = priceAtTrigger(resting, quote);
    const price = waitsForBetter(order) ? expectedPrice : undefined;
    fillOrder(account, { order, quote, price, expectedPrice });
    left = withThose(left, account, order.orderId);
  }
}

/** One that is still open after it was filled has to wait. */
function withThose(left: LeftOrders, { ledger }: SimulatedAccount, orderId: number): LeftOrders {
  return ledger.openOrders.has(orderId) ? new Set([...left, orderId]) : left;
}
