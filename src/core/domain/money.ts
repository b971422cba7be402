/** Money is whole ten-thousandths of a currency: OANDA books four decimals. */

import { formatDecimal, parseDecimal, roundHalfAway } from '../shared/decimal.ts';
import { InvariantError } from '../shared/assert.ts';
import type { Instrument } from './instrument.ts';

/** Digits after the point of a booked amount. */
const MONEY_PLACES = 4;

/** Ten-thousandths in one unit of a currency. */
export const MONEY_SCALE = 10 ** MONEY_PLACES;

/** Returns the amount in ten-thousandths, or undefined when the text is no decimal of at most four places. */
export function parseMoney(text: string): number | undefined {
  return parseDecimal(text, MONEY_PLACES);
}

/** Returns the amount as decimal text with four places. */
export function formatMoney(money: number): string {
  return formatDecimal(money, MONEY_PLACES);
}

/**
 * Returns what `units` moving by `points` are worth, in ten-thousandths of the account's currency, not rounded.
 * `rate` is units of account currency for one unit of the instrument's quote currency.
 */
export function pointsValue(instrument: Instrument, units: number, points: number, rate: number): number {
  const { pricePrecision, unitsPrecision } = instrument;
  // Parts of units are counted as whole steps, so that the product is as exact as that of whole units.
  const unitSteps = unitsPrecision === 0 ? units : Math.round(units * powerOfTen(unitsPrecision));
  const steps = unitSteps * points * rate;
  const places = pricePrecision + unitsPrecision - MONEY_PLACES;
  // Divided or multiplied by a whole power of ten, so that a rate of 1 gives exact ten-thousandths.
  return places >= 0 ? steps / powerOfTen(places) : steps * powerOfTen(-places);
}

/** What one unit moving by one point is worth, in ten-thousandths of the quote currency: a quotient of whole powers of ten, exact as their quotient is not. */
export interface PointWorth {
  readonly dividend: number;
  readonly divisor: number;
}

/** Returns what one unit of the instrument moving by one point is worth: {@link pointsValue} at a rate of 1, for many points. */
export function pointWorth({ pricePrecision }: Instrument): PointWorth {
  const places = pricePrecision - MONEY_PLACES;
  return { dividend: powerOfTen(Math.max(0, -places)), divisor: powerOfTen(Math.max(0, places)) };
}

// Looked up: `**` takes longer than all the rest of valuing a position.
const POWERS_OF_TEN = [1, 10, 100, 1_000, 10_000];

function powerOfTen(places: number): number {
  return POWERS_OF_TEN[places] ?? 10 ** places;
}

/** Returns an amount rounded to whole ten-thousandths, halves away from zero; InvariantError when it is not finite or too large. */
export function bookMoney(amount: number): number {
  const booked = roundHalfAway(amount);
  // Not an assert: that would make its message each time, and equity is booked at every quote.
  if (!Number.isSafeInteger(booked))
    throw new InvariantError(`an amount that can be booked was expected, was ${amount}`);
  return booked;
}
