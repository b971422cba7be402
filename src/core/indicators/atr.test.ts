import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../shared/assert.ts';
import { Atr } from './atr.ts';

describe('Atr', () => {
  it('refuses a period below one', () => {
    expect(() => new Atr(0)).toThrow(InvariantError);
  });

  it('averages the heights of candles without gaps, seeded with the mean', () => {
    const atr = new Atr(2);

    const values = [atr.update(12, 10, 11), atr.update(13, 9, 10), atr.update(15, 10, 12)];

    // Heights 2, 4, 5: the mean 3, then 3 + (5 - 3)/2.
    expect(values).toEqual([undefined, 3, 4]);
    expect(atr.value).toBe(4);
  });

  it.each([
    { name: 'up', high: 120, low: 115, expected: 20 },
    { name: 'down', high: 90, low: 85, expected: 15 },
  ])('counts a gap $name into the range', ({ high, low, expected }) => {
    const atr = new Atr(1);
    atr.update(101, 99, 100);

    expect(atr.update(high, low, low)).toBe(expected);
  });

  it('equals a computation from scratch to 1e-9', () => {
    const candle = fc.record({
      low: fc.integer({ min: 100_000, max: 100_500 }),
      height: fc.integer({ min: 0, max: 300 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 14 }),
        fc.array(candle, { minLength: 14, maxLength: 50 }),
        (period, shapes) => {
          const candles = shapes.map(({ low, height, share }) => ({
            high: low + height,
            low,
            close: low + Math.round(height * share),
          }));
          const atr = new Atr(period);

          for (const { high, low, close } of candles) atr.update(high, low, close);

          const ranges = candles.map(({ high, low }, index) => {
            const before = candles[index - 1]?.close;
            return before === undefined
              ? high - low
              : Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
          });
          const seed = ranges.slice(0, period).reduce((sum, range) => sum + range, 0) / period;
          const expected = ranges
            .slice(period)
            .reduce((mean, range) => (mean * (period - 1) + range) / period, seed);
          expect(Math.abs((atr.value ?? Number.NaN) - expected)).toBeLessThan(1e-9);
        },
      ),
    );
  });
});
