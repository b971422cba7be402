/** Prices and distances that protect a position: which are possible, and the denials of those that are not. */

import { priceNumber } from '../domain/denial.ts';
import type { Denial, DenialNumbers } from '../domain/denial.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { OrderSide } from '../domain/order.ts';

/** Returns whether a price or a distance is a whole number of points, at least one. */
export function isWhole(steps: number): boolean {
  return Number.isSafeInteger(steps) && steps >= 1;
}

/** Returns whether a trailing distance in points is one that the instrument allows; none is when there is no such instrument. */
export function isTrailingDistance(instrument: Instrument | undefined, points: number): boolean {
  return (
    instrument !== undefined &&
    isWhole(points) &&
    points >= instrument.minimumTrailingPoints &&
    points <= instrument.maximumTrailingPoints
  );
}

/** Returns whether a stop loss would only end a position of this side after the price got worse than `reference`. */
export function isStopLossBeyond(side: OrderSide, stopLoss: number, reference: number): boolean {
  return side === 'buy' ? stopLoss < reference : stopLoss > reference;
}

/** Returns whether a take profit would only end a position of this side after the price got better than `reference`. */
export function isTakeProfitBeyond(side: OrderSide, takeProfit: number, reference: number): boolean {
  return side === 'buy' ? takeProfit > reference : takeProfit < reference;
}

/** Returns the denial of a trailing distance that the instrument does not allow. */
export function trailingDistanceDenial(instrument: Instrument | undefined, distance: number): Denial {
  const limits = instrument && {
    least: priceNumber(instrument.minimumTrailingPoints),
    most: priceNumber(instrument.maximumTrailingPoints),
  };
  const numbers = { distance: priceNumber(distance), ...limits };
  return { code: 'trailing-distance-invalid', field: 'trailingDistance', numbers };
}

/** Returns the denial of a stop loss that would end the position at once. */
export function stopLossDenial(
  field: 'stopLoss' | 'stopLossDistance' | 'price',
  numbers: DenialNumbers,
): Denial {
  return { code: 'stop-loss-on-wrong-side', field, numbers };
}

/** Returns the denial of a take profit that would end the position at once. */
export function takeProfitDenial(
  field: 'takeProfit' | 'takeProfitDistance' | 'price',
  numbers: DenialNumbers,
): Denial {
  return { code: 'take-profit-on-wrong-side', field, numbers };
}
