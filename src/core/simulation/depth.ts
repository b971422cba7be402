/**
 * How much the market takes at which price. Source: OANDA v20, `bids` and `asks` of a price: a market order takes bucket after bucket, and
 * its price is their average.
 */

import { digitsOfUnits, stepsOfUnits, unitsOfSteps } from '../domain/units.ts';
import type { OrderSide } from '../domain/order.ts';

/** Units that can be traded at one price, which is so many points worse than the best one. */
export interface Bucket {
  readonly units: number;
  readonly pointsWorse: number;
}

/** Buckets by instrument, the best price first. Every quote brings all of them, on both sides; an instrument without any takes every size. */
export type Depth = Readonly<Record<string, readonly Bucket[]>>;

/** What an order wants of the market: so many units, the first of them at `best` points, none beyond `worst`. */
export interface WantedUnits {
  readonly side: OrderSide;
  readonly units: number;
  readonly best: number;
  readonly worst: number | undefined;
  /** What other orders took of this side of the same quote. */
  readonly taken: number;
}

/** What the market gives: the units, their average price in whole points, and what keeps back the rest. */
export interface Offer {
  readonly units: number;
  readonly price: number;
  readonly lack: 'bound' | 'depth' | undefined;
}

const ENDLESS: readonly Bucket[] = [{ units: Infinity, pointsWorse: 0 }];

/** More buckets than a broker shows, and units and points beyond any that it has. */
export const DEPTH_LIMITS = { buckets: 20, units: 1_000_000_000, pointsWorse: 10_000 } as const;

/** Returns what the market gives; of an average between two points, the one that is worse for the order. */
export function offerOf(buckets: readonly Bucket[] | undefined, wanted: WantedUnits): Offer {
  const { side, best, worst } = wanted;
  // Counted in whole steps, so that the average is exact too.
  const precision = digitsOfUnits([wanted.units, wanted.taken]);
  const stepsPerUnit = stepsOfUnits(precision, 1);
  const worse = side === 'buy' ? 1 : -1;
  let taken = stepsOfUnits(precision, wanted.taken);
  let left = stepsOfUnits(precision, wanted.units);
  let filled = 0;
  let cost = 0;
  let lack: Offer['lack'] = 'depth';
  for (const { units, pointsWorse } of buckets ?? ENDLESS) {
    if (worst !== undefined && (best + worse * pointsWorse - worst) * worse > 0) {
      lack = 'bound';
      break;
    }
    const free = Math.max(0, units * stepsPerUnit - taken);
    const given = Math.min(left, free);
    taken = Math.max(0, taken - units * stepsPerUnit);
    cost += given * pointsWorse;
    left -= given;
    filled += given;
    if (left === 0) break;
  }
  const average = filled === 0 ? 0 : Math.ceil(cost / filled);
  const units = unitsOfSteps(precision, filled);
  return { units, price: best + worse * average, lack: left === 0 ? undefined : lack };
}

/** Returns what all units cost on average, those beyond the last bucket at its price: the broker closes positions out at any. */
export function offerBeyond(buckets: readonly Bucket[] | undefined, wanted: WantedUnits): Offer {
  const last = buckets?.at(-1);
  const endless = last && [...(buckets ?? []), { ...last, units: Infinity }];
  return offerOf(endless, { ...wanted, worst: undefined });
}

/** Returns what is wrong with the buckets that a person or program states, or undefined when they can be traded on. */
export function bucketsError(buckets: readonly Bucket[]): string | undefined {
  if (buckets.length === 0 || buckets.length > DEPTH_LIMITS.buckets)
    return `must have 1 to ${DEPTH_LIMITS.buckets} buckets`;
  for (const [index, { units, pointsWorse }] of buckets.entries()) {
    if (!isWhole(units, 1, DEPTH_LIMITS.units))
      return `must have buckets of whole units, from 1 to ${DEPTH_LIMITS.units}`;
    const least = (buckets[index - 1]?.pointsWorse ?? -1) + 1;
    if (!isWhole(pointsWorse, least, DEPTH_LIMITS.pointsWorse))
      return `must have buckets further and further from the best price, at most ${DEPTH_LIMITS.pointsWorse} points`;
  }
  return undefined;
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}
