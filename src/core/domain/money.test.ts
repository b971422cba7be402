import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../shared/assert.ts';
import { PAPER_INSTRUMENTS } from './paper-instruments.ts';
import { bookMoney, formatMoney, parseMoney, pointsValue } from './money.ts';

describe('bookMoney', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])('refuses %d', (amount) => {
    expect(() => bookMoney(amount)).toThrow(InvariantError);
  });

  it.each([
    [1.5, 2],
    [-1.5, -2],
    [-0.4, 0],
  ])('books %d as %i', (amount, booked) => {
    expect(bookMoney(amount)).toBe(booked);
  });
});

describe('money as text', () => {
  it('refuses a fifth decimal', () => {
    expect(parseMoney('1.00001')).toBeUndefined();
  });

  it('has four decimals', () => {
    expect(formatMoney(-9_750)).toBe('-0.9750');
    expect(parseMoney('-0.975')).toBe(-9_750);
  });
});

describe('pointsValue', () => {
  it.each([
    // 2500 EUR sold at 1.05735 and bought back at 1.05774 lose 0.9750 dollars.
    ['EUR_USD', -2_500, 39, 1, -9_750],
    // 1000 USD bought at 150.000 and sold at 150.123 gain 123 yen.
    ['USD_JPY', 1_000, 123, 1, 1_230_000],
    ['USD_JPY', 1_000, 123, 0.0067, 8_241],
    ['EUR_USD', 1, 1, 1, 0.1],
  ])(
    'values %s %i units × %i points at rate %d as %d ten-thousandths',
    (name, units, points, rate, money) => {
      expect(pointsValue(PAPER_INSTRUMENTS.named(name), units, points, rate)).toBeCloseTo(money, 9);
    },
  );

  it('is exact at a rate of one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000_000 }),
        fc.integer({ min: -100_000, max: 100_000 }),
        (units, points) => {
          expect(pointsValue(PAPER_INSTRUMENTS.named('EUR_USD'), units * 10, points, 1)).toBe(units * points);
          expect(pointsValue(PAPER_INSTRUMENTS.named('USD_JPY'), units, points, 1)).toBe(units * points * 10);
        },
      ),
    );
  });
});
