import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from './assert.ts';
import { formatDecimal, parseDecimal, roundHalfAway } from './decimal.ts';

describe('parseDecimal', () => {
  it.each(['', ' 1', '1.', '.5', '1e3', '0x1', '1,5', 'NaN', '--1', '1.2.3'])('refuses %j', (text) => {
    expect(parseDecimal(text, 5)).toBeUndefined();
  });

  it('refuses digits that would have to be rounded away', () => {
    expect(parseDecimal('1.386761', 5)).toBeUndefined();
  });

  it('refuses what no safe integer holds', () => {
    expect(parseDecimal('900719925474.0993', 4)).toBeUndefined();
  });

  it.each([
    ['1.38676', 5, 138_676],
    ['1.38676000', 5, 138_676],
    ['1.3', 5, 130_000],
    ['-0.0001', 4, -1],
    ['+12', 0, 12],
    ['900719925474.0991', 4, Number.MAX_SAFE_INTEGER],
  ])('reads %s with %i places as %i steps', (text, places, steps) => {
    expect(parseDecimal(text, places)).toBe(steps);
  });

  it('reads minus nothing as nothing', () => {
    expect(parseDecimal('-0.00', 4)).toBe(0);
  });

  it('reads back what formatDecimal wrote', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 6 }), (steps, places) => {
        const expected = steps === 0 ? 0 : steps;

        expect(parseDecimal(formatDecimal(steps, places), places)).toBe(expected);
      }),
    );
  });
});

describe('formatDecimal', () => {
  it.each([0.5, Number.NaN, 2 ** 53])('refuses %s, which is no whole number of steps', (steps) => {
    expect(() => formatDecimal(steps, 2)).toThrow(InvariantError);
  });

  it.each([
    [138_676, 5, '1.38676'],
    [-1, 4, '-0.0001'],
    [7, 0, '7'],
    [0, 3, '0.000'],
  ])('writes %i steps of %i places as %s', (steps, places, text) => {
    expect(formatDecimal(steps, places)).toBe(text);
  });
});

describe('roundHalfAway', () => {
  it.each([
    [0.5, 1],
    [-0.5, -1],
    [1.4999, 1],
    [-2.5, -3],
    [-0.2, 0],
  ])('rounds %d to %i', (value, rounded) => {
    expect(roundHalfAway(value)).toBe(rounded);
  });
});
