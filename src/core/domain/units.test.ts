import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDecimal } from '../shared/decimal.ts';
import {
  addUnits,
  digitsOfUnits,
  exactUnits,
  FINEST_UNITS as FINEST,
  floorUnits,
  isUnits,
  MOST_UNITS_PRECISION,
  parseUnits,
  stepsOfUnits,
  subtractUnits,
  sumUnits,
  unitsOfSteps,
  unitStep,
} from './units.ts';

const TENTHS = { unitsPrecision: 1 };
const WHOLE = { unitsPrecision: 0 };

describe('sums of units', () => {
  it('are exact where those of doubles are not', () => {
    expect(0.1 + 0.2 - 0.3).not.toBe(0);
    expect(subtractUnits(addUnits(0.1, 0.2), 0.3)).toBe(0);
    expect(sumUnits([0.7, 0.1, 0.2])).toBe(1);
    expect(exactUnits(0.1 * 3)).toBe(0.3);
  });

  it('are plain sums of whole numbers, however large', () => {
    expect(addUnits(9_007_199_254_740_000, 991)).toBe(9_007_199_254_740_991);
    expect(addUnits(5, Infinity)).toBe(Infinity);
  });

  it('come to nothing when what is added is taken away, in any order and of any precision', () => {
    const lots = fc.array(fc.integer({ min: 1, max: 10 ** 13 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        lots,
        fc.integer({ min: 0, max: MOST_UNITS_PRECISION }),
        fc.infiniteStream(fc.nat()),
        (steps, places, order) => {
          // At most a hundred million units in all.
          const units = steps.map((many) => (many % 10 ** (6 + Math.min(places, 1))) / 10 ** places);
          const taken = units.map((lot) => ({ lot, at: order.next().value })).toSorted((a, b) => a.at - b.at);

          const all = sumUnits(units);

          expect(taken.reduce((left, { lot }) => subtractUnits(left, lot), all)).toBe(0);
        },
      ),
    );
  });

  it('equal the number that their decimal text reads as, below a thousand million', () => {
    const places = fc.integer({ min: 1, max: MOST_UNITS_PRECISION });
    const part = fc.double({ min: 0, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(part, part, places, (a, b, digits) => {
        const steps = (ofAll: number) => Math.floor(ofAll * 10 ** (9 + digits));
        const text = (many: number) => formatDecimal(many, digits);

        const sum = addUnits(Number(text(steps(a))), Number(text(steps(b))));

        expect(sum).toBe(Number(text(steps(a) + steps(b))));
      }),
    );
  });
});

describe('a number of units', () => {
  it.each([
    [WHOLE, 1, true],
    [WHOLE, 1.5, false],
    [WHOLE, 0, false],
    [WHOLE, -1, false],
    [WHOLE, Number.NaN, false],
    [WHOLE, Infinity, false],
    [TENTHS, 0.1, true],
    [TENTHS, 0.3, true],
    [TENTHS, 0.1 + 0.2, false],
    [TENTHS, 0.15, false],
    [TENTHS, 0.04, false],
    [FINEST, 0.000001, true],
    [FINEST, 0.0000015, false],
    [FINEST, 1e16, false],
  ])('of an instrument with %o: %d is one: %s', (instrument, units, expected) => {
    expect(isUnits(instrument, units)).toBe(expected);
  });
});

describe('units below an amount', () => {
  it.each([
    [WHOLE, 1.999_999_999_9, 1],
    [TENTHS, 0.39, 0.3],
    [TENTHS, 0.04, 0],
    // 0.57 × 100 is 56.99999999999999 in doubles.
    [{ unitsPrecision: 2 }, 0.57, 0.57],
    [{ unitsPrecision: 2 }, 0.569, 0.56],
    // Times so many steps per unit, each is more than a thousand-millionth below its own steps in doubles.
    [{ unitsPrecision: 2 }, 262_439.85, 262_439.85],
    [{ unitsPrecision: 5 }, 256.272_21, 256.272_21],
    [FINEST, 32.000_384, 32.000_384],
    [FINEST, 32.000_383_9, 32.000_383],
  ])('of an instrument with %o and %d are %d', (instrument, amount, expected) => {
    expect(floorUnits(instrument, amount)).toBe(expected);
  });
});

describe('units in a row', () => {
  it.each([
    [[1, 3], 0],
    [[1, 0.3], 1],
    [[0, 0.25, 100], 2],
    [[0.000_001], 6],
    [[], 0],
  ])('%o need %d digits after the point', (units, digits) => {
    expect(digitsOfUnits(units)).toEqual({ unitsPrecision: digits });
  });

  it('are not stored when they are no units', () => {
    expect(() => digitsOfUnits([0.1 + 0.2])).toThrow(/at most 6 digits/);
    expect(() => stepsOfUnits(TENTHS, 0.25)).toThrow(/units of 1 digits/);
    expect(() => stepsOfUnits(WHOLE, Infinity)).toThrow(/units of 0 digits/);
  });

  it('are read as they were stored, whatever their size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e15 }),
        fc.integer({ min: 0, max: 6 }),
        (steps, unitsPrecision) => {
          const units = unitsOfSteps({ unitsPrecision }, steps);
          const precision = digitsOfUnits([units]);
          expect(unitsOfSteps(precision, stepsOfUnits(precision, units))).toBe(units);
        },
      ),
    );
  });
});

describe('units as text', () => {
  it('are read with the digits of the instrument', () => {
    expect(parseUnits(TENTHS, '0.30')).toBe(0.3);
    expect(parseUnits(TENTHS, '-12.5')).toBe(-12.5);
    expect(parseUnits(TENTHS, '0.35')).toBeUndefined();
    expect(parseUnits(WHOLE, '0.5')).toBeUndefined();
  });

  it('are printed as they were read', () => {
    expect(`${parseUnits(FINEST, '0.000001')}`).toBe('0.000001');
    expect(unitStep(TENTHS)).toBe(0.1);
  });
});
