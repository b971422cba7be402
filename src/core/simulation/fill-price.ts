/** At which price an order fills. */

import { takesBetterPrice, watchedPrice } from './resting-order.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { OrderSide } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { RestingOrder } from './resting-order.ts';

/** Returns the price that an order of this side gets at a quote: buys the ask, sells the bid. */
export function marketPrice(side: OrderSide, quote: Quote): number {
  return side === 'buy' ? quote.ask : quote.bid;
}

/**
 * Returns the price that the order would have got where it was triggered: its trigger, or as far from it as its own side of the market
 * is from the price that it watches. Half a point goes against the order.
 */
export function priceAtTrigger({ order, watches, trigger }: RestingOrder, quote: Quote): number {
  const { side } = order.terms;
  const price = marketPrice(side, quote) + trigger - watchedPrice(watches, quote);
  return side === 'buy' ? Math.ceil(price) : Math.floor(price);
}

/** Returns the points by which `price` is worse than `wanted` for this side; negative when it is better. */
export function pointsWorse(side: OrderSide, price: number, wanted: number): number {
  return side === 'buy' ? price - wanted : wanted - price;
}

/** Returns the price after slippage: orders that fill at their price or better have none. */
export function slippedPrice(order: LedgerOrder, price: number, slippagePoints: number): number {
  if (takesBetterPrice(order)) return price;
  return order.terms.side === 'buy' ? price + slippagePoints : price - slippagePoints;
}

/** Returns the worst price that the order allows, undefined when it takes any. */
export function worstPrice(order: LedgerOrder): number | undefined {
  return takesBetterPrice(order) ? order.terms.price : order.terms.priceBound;
}
