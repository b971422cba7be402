/** The only place where decimal text and whole steps meet: "1.38676" with 5 places is 138676 steps. */

import { assert } from './assert.ts';

const DECIMAL = /^([+-]?)(\d{1,16})(?:\.(\d{1,15}))?$/;

/**
 * Returns the number of whole steps of 10^-places that `text` names, or undefined when the text is not a plain
 * decimal, has non-zero digits beyond `places`, or does not fit a safe integer. Nothing is rounded.
 */
export function parseDecimal(text: string, places: number): number | undefined {
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  if (/[1-9]/.test(fraction.slice(places))) return undefined;
  const steps = Number(whole + fraction.slice(0, places).padEnd(places, '0'));
  if (!Number.isSafeInteger(steps)) return undefined;
  return sign === '-' && steps !== 0 ? -steps : steps;
}

/** Returns `steps` of 10^-places as decimal text with exactly `places` digits after the point. */
export function formatDecimal(steps: number, places: number): string {
  assert(Number.isSafeInteger(steps), `a whole number of steps was expected, was ${steps}`);
  const digits = Math.abs(steps)
    .toString()
    .padStart(places + 1, '0');
  const sign = steps < 0 ? '-' : '';
  if (places === 0) return sign + digits;
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** Returns `value` rounded to a whole number, halves away from zero, as a broker books money. */
export function roundHalfAway(value: number): number {
  const rounded = value < 0 ? -Math.round(-value) : Math.round(value);
  return rounded === 0 ? 0 : rounded;
}
