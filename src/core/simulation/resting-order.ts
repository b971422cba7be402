/** Orders that rest at the exchange: which price each watches, and what makes it fill. */

import { present } from '../shared/assert.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { OrderSide } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';

/** An order that waits for its side of the market to rise or fall to `trigger` (points). Only a trailing stop's moves. */
export interface RestingOrder {
  readonly order: LedgerOrder;
  /** Buys watch the ask, sells the bid: the price they would get. */
  readonly watches: 'bid' | 'ask';
  readonly waitsFor: 'rise' | 'fall';
  trigger: number;
  /** The best price of its side so far in the candle that the price is inside of, which it does not follow yet. */
  unfollowed?: number;
}

/** Returns where a trailing stop of this side starts: at its distance from the quote in force. */
export function trailingLevelAt(side: OrderSide, distance: number, quote: Quote): number {
  return side === 'buy' ? quote.ask + distance : quote.bid - distance;
}

/**
 * Returns what the order waits for, or undefined for a market order, which waits for nothing. A trailing stop starts where
 * the log says; an old log does not, and it starts at its distance from `quote`.
 * Source: OANDA v20, trigger condition DEFAULT.
 */
export function restingOrderOf(order: LedgerOrder, quote: Quote | undefined): RestingOrder | undefined {
  const { orderType, side, price } = order.terms;
  if (orderType === 'market') return undefined;
  const watches = side === 'buy' ? 'ask' : 'bid';
  // A limit waits for a better price, a stop for a worse one.
  const waitsFor = takesBetterPrice(order) === (side === 'buy') ? 'fall' : 'rise';
  if (orderType !== 'trailing_stop') {
    return { order, watches, waitsFor, trigger: present(price, `price of order ${order.orderId}`) };
  }
  const unknown = waitsFor === 'fall' ? -Infinity : Infinity;
  const resting: RestingOrder = { order, watches, waitsFor, trigger: order.trailingLevel ?? unknown };
  if (quote && order.trailingLevel === undefined) trail(resting, quote);
  return resting;
}

/** Returns whether the order fills at its price or better, as limits and take profits do; all others may fill at worse. */
export function takesBetterPrice({ terms }: LedgerOrder): boolean {
  return terms.orderType === 'limit' || terms.orderType === 'take_profit';
}

/** Returns whether a quote is where the order fills. */
export function isTriggered({ watches, waitsFor, trigger }: RestingOrder, quote: Quote): boolean {
  return waitsFor === 'rise' ? quote[watches] >= trigger : quote[watches] <= trigger;
}

/** Notes the best price that a trailing stop will follow at the candle's end; returns whether it is a trailing stop. */
export function noteUnfollowed(resting: RestingOrder, quote: Quote): boolean {
  if (trailingDistanceOf(resting) === undefined) return false;
  resting.unfollowed = bestPrice(resting, quote);
  return true;
}

/** Moves a trailing stop after the best price of its side; it never loosens. Other orders stay as they are. */
export function trail(resting: RestingOrder, quote: Quote): void {
  const distance = trailingDistanceOf(resting);
  if (distance === undefined) return;
  const price = bestPrice(resting, quote);
  delete resting.unfollowed;
  resting.trigger =
    resting.waitsFor === 'fall'
      ? Math.max(resting.trigger, price - distance)
      : Math.min(resting.trigger, price + distance);
}

function bestPrice({ watches, waitsFor, unfollowed }: RestingOrder, quote: Quote): number {
  const price = quote[watches];
  return waitsFor === 'fall' ? Math.max(price, unfollowed ?? price) : Math.min(price, unfollowed ?? price);
}

/** Returns the distance in points that a trailing stop keeps; undefined for the other orders. */
export function trailingDistanceOf({ order }: RestingOrder): number | undefined {
  return order.terms.orderType === 'trailing_stop' ? order.terms.trailingDistance : undefined;
}

/** Returns when an order expires; Infinity when it is good till cancelled. */
export function expiryOf({ terms }: LedgerOrder): number {
  return terms.timeInForce === 'GTD' ? (terms.expiresAt ?? Infinity) : Infinity;
}
