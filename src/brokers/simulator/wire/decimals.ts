/** Numbers on the wire: OANDA writes each as decimal text, with as many digits as its kind has. */

import { formatDecimal, roundHalfAway } from '../../../core/shared/decimal.ts';
import { PERCENT_PLACES } from '../../../core/domain/account-money.ts';
import { formatPrice } from '../../../core/domain/instrument.ts';
import { bookMoney, formatMoney } from '../../../core/domain/money.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { OrderSide } from '../../../core/domain/order.ts';

/** Returns an amount in ten-thousandths, rounded to whole ones, with four digits after the point. */
export function wireMoney(amount: number): string {
  return formatMoney(bookMoney(amount));
}

/** Returns a price of whole points with the instrument's digits; an average is rounded to them. */
export function wirePrice(instrument: Instrument, points: number): string {
  return formatPrice(instrument, roundHalfAway(points));
}

/** Returns units without trailing zeros, negative for sells. */
export function wireUnits(units: number, side: OrderSide = 'buy'): string {
  return String(side === 'sell' && units !== 0 ? -units : units);
}

/** Returns a part of one with five digits: `0.14923`. */
export function wirePercent(part: number): string {
  return formatDecimal(roundHalfAway(part * 10 ** PERCENT_PLACES), PERCENT_PLACES);
}

/** Returns a number such as a rate with up to `places` digits after the point and no trailing zeros. */
export function wireNumber(value: number, places: number): string {
  const text = value.toFixed(places);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

// Conversion factors: twelve digits are what OANDA writes at most.
const FACTOR_PLACES = 12;

/** Returns a factor of conversion: `1` where nothing is converted. */
export function wireFactor(factor: number): string {
  return wireNumber(factor, FACTOR_PLACES);
}
