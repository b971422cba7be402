/** Orders that rest at the exchange: which price each watches, and what makes it fill. */

import { present } from '../shared/assert.ts';
import { midPoints } from '../domain/quote.ts';
import { tradingDayEnd } from '../domain/trading-calendar.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';

/** A price that triggers orders. */
export type WatchedPrice = 'bid' | 'ask' | 'mid';

/** An order that waits for its side of the market to rise or fall to `trigger` (points). Only a trailing stop's moves. */
export interface RestingOrder {
  readonly order: LedgerOrder;
  /** Buys watch the ask, sells the bid, the price they would get, unless their trigger condition says otherwise. */
  readonly watches: WatchedPrice;
  readonly waitsFor: 'rise' | 'fall';
  trigger: number;
  /** The best price of its side so far in the candle that the price is inside of, which it does not follow yet. */
  unfollowed?: number;
}

/** Returns where a trailing stop starts: at its distance from the price that it watches. */
export function trailingLevelAt(terms: OrderTerms, distance: number, quote: Quote): number {
  const price = watchedPrice(watchedBy(terms), quote);
  // Whole points: of a middle price between two, the one that is further away.
  return terms.side === 'buy' ? Math.ceil(price) + distance : Math.floor(price) - distance;
}

/** Returns the price of a quote that orders watch, in points; the middle one may be half a point. */
export function watchedPrice(watches: WatchedPrice, quote: Quote): number {
  return watches === 'mid' ? midPoints(quote) : quote[watches];
}

/**
 * Returns which price triggers an order. A limit or take profit fills at its price or better, so it waits for the side that it
 * fills at whatever its condition says: then every condition holds.
 */
export function watchedBy(terms: OrderTerms): WatchedPrice {
  const [own, other] = terms.side === 'buy' ? (['ask', 'bid'] as const) : (['bid', 'ask'] as const);
  if (terms.orderType === 'limit' || terms.orderType === 'take_profit') return own;
  switch (terms.triggerCondition) {
    case 'INVERSE':
      return other;
    case 'BID':
      return 'bid';
    case 'ASK':
      return 'ask';
    case 'MID':
      return 'mid';
    case 'DEFAULT':
    case undefined:
      return own;
  }
}

/**
 * Returns what the order waits for, or undefined for a market order, which waits for nothing. A trailing stop starts where
 * the log says; an old log does not, and it starts at its distance from `quote`.
 * Source: OANDA v20, trigger condition DEFAULT.
 */
export function restingOrderOf(order: LedgerOrder, quote: Quote | undefined): RestingOrder | undefined {
  const { orderType, side, price } = order.terms;
  if (orderType === 'market') return undefined;
  const watches = watchedBy(order.terms);
  // A limit waits for a better price, a stop for a worse one.
  const waitsFor = waitsForBetter(order) === (side === 'buy') ? 'fall' : 'rise';
  if (orderType !== 'trailing_stop') {
    return { order, watches, waitsFor, trigger: present(price, `price of order ${order.orderId}`) };
  }
  const unknown = waitsFor === 'fall' ? -Infinity : Infinity;
  const resting: RestingOrder = { order, watches, waitsFor, trigger: order.trailingLevel ?? unknown };
  if (quote && order.trailingLevel === undefined) trail(resting, quote);
  return resting;
}

/** Returns whether an order that cannot fill now may wait. */
export function mayWait({ timeInForce }: OrderTerms): boolean {
  return timeInForce !== 'FOK' && timeInForce !== 'IOC';
}

/** Returns whether the order fills at its price or better, as limits and take profits do; all others may fill at worse. */
export function takesBetterPrice({ terms }: LedgerOrder): boolean {
  return terms.orderType === 'limit' || terms.orderType === 'take_profit';
}

/** Returns whether the order waits for a better price than the market's. One that is to be touched waits for it from where it began. */
export function waitsForBetter(order: LedgerOrder): boolean {
  const { orderType, side, price } = order.terms;
  if (orderType !== 'market_if_touched') return takesBetterPrice(order);
  const initial = present(order.initialPrice, `initial price of order ${order.orderId}`);
  const trigger = present(price, `price of order ${order.orderId}`);
  return side === 'buy' ? trigger < initial : trigger > initial;
}

/** Returns whether a quote is where the order fills. */
export function isTriggered({ watches, waitsFor, trigger }: RestingOrder, quote: Quote): boolean {
  const price = watchedPrice(watches, quote);
  return waitsFor === 'rise' ? price >= trigger : price <= trigger;
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
  const watched = watchedPrice(watches, quote);
  const price = waitsFor === 'fall' ? Math.floor(watched) : Math.ceil(watched);
  return waitsFor === 'fall' ? Math.max(price, unfollowed ?? price) : Math.min(price, unfollowed ?? price);
}

/** Returns the distance in points that a trailing stop keeps; undefined for the other orders. */
export function trailingDistanceOf({ order }: RestingOrder): number | undefined {
  return order.terms.orderType === 'trailing_stop' ? order.terms.trailingDistance : undefined;
}

/** Returns when an order expires: GFD at the next 17:00 in New York; Infinity when it is good till cancelled. */
export function expiryOf({ terms, createdAt }: LedgerOrder): number {
  if (terms.timeInForce === 'GFD') return tradingDayEnd(createdAt);
  return terms.timeInForce === 'GTD' ? (terms.expiresAt ?? Infinity) : Infinity;
}
