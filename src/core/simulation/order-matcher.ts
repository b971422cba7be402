/** Which resting order a move of the market triggers first, and the quote in force at that moment. */

import { isTriggered, watchedPrice } from './resting-order.ts';
import type { Quote } from '../domain/quote.ts';
import type { RestingOrder } from './resting-order.ts';

/**
 * How the market gets from one quote to the next. `jump`: nothing is traded in between, so what it skips fills at the new quote.
 * `continuous`: it passes every price in between (a path inside a candle), so an order fills at its trigger.
 * `closing`: the same, and it is the candle's last move. Trailing stops follow the candle's best price at its end only: nothing says
 * how far the price fell back on its way there, and a stop that follows at once would be filled better than any on real quotes.
 */
export type Travel = 'jump' | 'continuous' | 'closing';

/** A move of the market; without a quote to come from it is a jump. Orders with a number above `heldAfter`, or in `left`, are passed over. */
export interface Move {
  readonly from: Quote | undefined;
  readonly to: Quote;
  readonly travel: Travel;
  readonly heldAfter: number;
  readonly left: ReadonlySet<number>;
}

/** An order whose moment has come, with the quote in force then. */
export interface Triggering {
  readonly resting: RestingOrder;
  readonly quote: Quote;
}

/** Returns the first order that the move triggers: the first on its path, and the oldest where several share a moment. */
export function firstTriggered(
  restingOrders: Iterable<RestingOrder>,
  { from, to, travel, heldAfter, left }: Move,
): Triggering | undefined {
  if (travel === 'jump' || from === undefined) {
    const oldest = oldestTriggered(restingOrders, to, left);
    return oldest && { resting: oldest, quote: to };
  }
  let first: RestingOrder | undefined;
  let firstPart = Infinity;
  for (const resting of restingOrders) {
    if (resting.order.orderId > heldAfter || left.has(resting.order.orderId)) continue;
    const part = partOfMove(resting, from, to);
    if (part >= firstPart) continue;
    first = resting;
    firstPart = part;
  }
  return first && { resting: first, quote: quoteOnTheWay(first, firstPart, from, to) };
}

/** Returns the oldest order that fills at a quote and is not in `left`. */
export function oldestTriggered(
  restingOrders: Iterable<RestingOrder>,
  quote: Quote,
  left: ReadonlySet<number>,
): RestingOrder | undefined {
  for (const resting of restingOrders) {
    if (isTriggered(resting, quote) && !left.has(resting.order.orderId)) return resting;
  }
  return undefined;
}

/** The part of the move, from 0 to 1, after which the order is triggered; Infinity when it is not. */
function partOfMove(resting: RestingOrder, from: Quote, to: Quote): number {
  if (isTriggered(resting, from)) return 0;
  if (!isTriggered(resting, to)) return Infinity;
  const start = watchedPrice(resting.watches, from);
  return (resting.trigger - start) / (watchedPrice(resting.watches, to) - start);
}

/** Bid and ask travel together in straight lines; the side that the order watches is exactly where it is triggered. */
function quoteOnTheWay(resting: RestingOrder, part: number, from: Quote, to: Quote): Quote {
  if (part === 0) return { ...from, at: to.at };
  const bid = Math.round(from.bid + (to.bid - from.bid) * part);
  const ask = Math.round(from.ask + (to.ask - from.ask) * part);
  // Whole points on both sides of a middle price that is exactly the trigger.
  if (resting.watches === 'mid') return { ...to, bid, ask: Math.max(bid, 2 * resting.trigger - bid) };
  return resting.watches === 'bid'
    ? { ...to, bid: resting.trigger, ask: Math.max(ask, resting.trigger) }
    : { ...to, bid: Math.min(bid, resting.trigger), ask: resting.trigger };
}
