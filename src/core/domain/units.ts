/**
 * Units: how much of an instrument. A number of units is the double nearest to its decimal, such as 0.1, so that equal decimals are equal
 * numbers. Plain sums of such numbers are not (0.1 + 0.2 is not 0.3), so units are added and taken away here only.
 */

import { assert, InvariantError } from '../shared/assert.ts';
import { parseDecimal } from '../shared/decimal.ts';
import type { Instrument } from './instrument.ts';

/** The most digits after the point that units may have; no broker is known to use more than five. */
export const MOST_UNITS_PRECISION = 6;

const FINEST_PARTS = 10 ** MOST_UNITS_PRECISION;

/** What is left of a step by the arithmetic of doubles, and no wish: so much, or this part of many steps if that is more. */
const NOISE_STEPS = 1e-9;
const NOISE_PART = 2 * Number.EPSILON;

/** What is needed of an instrument to judge and read units. */
export type UnitsPrecision = Pick<Instrument, 'unitsPrecision'>;

/** Units of which it is not known of which instrument they are. */
export const FINEST_UNITS: UnitsPrecision = { unitsPrecision: MOST_UNITS_PRECISION };

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
  const steps = amount * stepsPerUnit;
  return Math.floor(steps + Math.max(NOISE_STEPS, steps * NOISE_PART)) / stepsPerUnit;
}

/** Returns whether a number is one of units of the instrument: above zero, with no more digits after the point than it has. */
export function isUnits({ unitsPrecision }: UnitsPrecision, units: number): boolean {
  const stepsPerUnit = 10 ** unitsPrecision;
  const steps = Math.round(units * stepsPerUnit);
  return steps > 0 && Number.isSafeInteger(steps) && steps / stepsPerUnit === units;
}

/** Returns what is wrong with units that a person asks for, as the end of a sentence, or undefined when the instrument trades such. */
export function unitsFault(instrument: Instrument, units: number): string | undefined {
  const { name, minimumUnits } = instrument;
  if (isUnits(instrument, units) && units >= minimumUnits) return undefined;
  return `must be units of ${name}: at least ${minimumUnits}, in steps of ${unitStep(instrument)}`;
}

/** Returns the units that a text names, or undefined when it has more digits after the point than the instrument's units. */
export function parseUnits(precision: UnitsPrecision, text: string): number | undefined {
  const steps = parseDecimal(text, precision.unitsPrecision);
  return steps === undefined ? undefined : unitsOfSteps(precision, steps);
}

/** Returns the least digits after the point with which all these numbers of units can be written; InvariantError beyond six. */
export function digitsOfUnits(all: readonly number[]): UnitsPrecision {
  for (let unitsPrecision = 0; unitsPrecision <= MOST_UNITS_PRECISION; unitsPrecision += 1) {
    const stepsPerUnit = 10 ** unitsPrecision;
    if (all.every((units) => Math.round(units * stepsPerUnit) / stepsPerUnit === units))
      return { unitsPrecision };
  }
  throw new InvariantError(
    `units of at most ${MOST_UNITS_PRECISION} digits were expected, was ${all.join(', ')}`,
  );
}

/** Returns units as whole steps of so many digits after the point: 0.3 is 3 of one digit. InvariantError when they have more digits. */
export function stepsOfUnits({ unitsPrecision }: UnitsPrecision, units: number): number {
  const steps = Math.round(units * 10 ** unitsPrecision);
  assert(
    Number.isSafeInteger(steps) && unitsOfSteps({ unitsPrecision }, steps) === units,
    `units of ${unitsPrecision} digits were expected, was ${units}`,
  );
  return steps;
}

/** Returns the units that so many whole steps are. */
export function unitsOfSteps({ unitsPrecision }: UnitsPrecision, steps: number): number {
  return steps / 10 ** unitsPrecision;
}
