/**
 * Units: how much of an instrument. A number of units is the double nearest to its decimal, such as 0.1, so that equal decimals are equal
 * numbers. Plain sums of such numbers are not (0.1 + 0.2 is not 0.3), so units are added and taken away here only.
 */

import { parseDecimal } from '../shared/decimal.ts';
import type { Instrument } from './instrument.ts';

/** The most digits after the point that units may have; no broker is known to use more than five. */
export const MOST_UNITS_PRECISION = 6;

const FINEST_PARTS = 10 ** MOST_UNITS_PRECISION;

/** What is left of a step by the arithmetic of doubles, and no wish. */
const NOISE_STEPS = 1e-9;

/** What is needed of an instrument to judge and read units. */
export type UnitsPrecision = Pick<Instrument, 'unitsPrecision'>;

/**
 * Returns the number of units that a computed one stands for: the nearest multiple of a millionth. Whole numbers and Infinity stay as
 * they are. Exact for parts of units below a thousand million units.
 */
export function exactUnits(units: number): number {
  return Number.isInteger(units) ? units : Math.round(units * FINEST_PARTS) / FINEST_PARTS;
}

/** Returns the exact sum of two numbers of units. */
export function addUnits(a: number, b: number): number {
  return exactUnits(a + b);
}

/** Returns exactly what is left of units when others are taken away. */
export function subtractUnits(from: number, units: number): number {
  return exactUnits(from - units);
}

/** Returns the exact sum of numbers of units. */
export function sumUnits(all: readonly number[]): number {
  return all.reduce(addUnits, 0);
}

/** Returns the smallest difference between numbers of units of the instrument: 0.1 where they have one digit after the point. */
export function unitStep({ unitsPrecision }: UnitsPrecision): number {
  return 1 / 10 ** unitsPrecision;
}

/** Returns the most units of the instrument that are no more than `amount`. */
export function floorUnits({ unitsPrecision }: UnitsPrecision, amount: number): number {
  if (unitsPrecision === 0) return Math.floor(amount);
  const stepsPerUnit = 10 ** unitsPrecision;
  return Math.floor(amount * stepsPerUnit + NOISE_STEPS) / stepsPerUnit;
}

/** Returns whether a number is one of units of the instrument: above zero, with no more digits after the point than it has. */
export function isUnits({ unitsPrecision }: UnitsPrecision, units: number): boolean {
  const stepsPerUnit = 10 ** unitsPrecision;
  const steps = Math.round(units * stepsPerUnit);
  return steps > 0 && Number.isSafeInteger(steps) && steps / stepsPerUnit === units;
}

/** Returns the units that a text names, or undefined when it has more digits after the point than the instrument's units. */
export function parseUnits({ unitsPrecision }: UnitsPrecision, text: string): number | undefined {
  const steps = parseDecimal(text, unitsPrecision);
  return steps === undefined ? undefined : steps / 10 ** unitsPrecision;
}
