/** Ways to convert one currency to another through the prices of pairs. */

import { midPrice } from './holding.ts';
import type { Holding } from './holding.ts';

/** One factor of a conversion rate, with the holding whose newest quote gives it. */
interface RateFactor {
  readonly holding: Holding;
  readonly isInverse: boolean;
}

/** The factors whose product is a conversion rate. */
export type RateWay = readonly RateFactor[];

// A more direct way has less spread in its middle, but not when its price is older than a few seconds.
const DIRECT_MAY_LAG_MS = 5_000;

/** Returns the product of the factors at middle prices, or undefined when one of them has no price. */
export function rateAlong(way: RateWay): number | undefined {
  let rate = 1;
  for (const { holding, isInverse } of way) {
    const mid = midPrice(holding);
    if (mid === undefined) return undefined;
    rate *= isInverse ? 1 / mid : mid;
  }
  return rate;
}

/** Returns the part by which the highest rate of several ways is above the lowest. */
export function gapBetween(ways: readonly RateWay[]): number {
  let highest = 0;
  let lowest = Infinity;
  for (const way of ways) {
    const rate = rateAlong(way);
    if (rate === undefined) return Infinity;
    highest = Math.max(highest, rate);
    lowest = Math.min(lowest, rate);
  }
  return highest / lowest - 1;
}

/** The most direct way whose oldest price is hardly older than that of a less direct one: it depends on the quotes alone, not on time. */
export function freshest(ways: readonly RateWay[]): RateWay | undefined {
  let [best] = ways;
  for (const way of ways) {
    if (best && oldestAt(way) - oldestAt(best) > DIRECT_MAY_LAG_MS) best = way;
  }
  return best;
}

function oldestAt(way: RateWay): number {
  let oldest = Infinity;
  for (const { holding } of way) oldest = Math.min(oldest, holding.quote?.at ?? -Infinity);
  return oldest;
}
