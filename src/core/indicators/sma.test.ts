import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../shared/assert.ts';
import { createPrng } from '../shared/prng.ts';
import { Sma } from './sma.ts';

describe('Sma', () => {
  it.each([0, 1.5])('refuses a period of %s', (period) => {
    expect(() => new Sma(period)).toThrow(InvariantError);
  });

  it('is the mean of the last n values from the n-th on', () => {
    const sma = new Sma(3);

    const values = [1, 2, 6, 10, 2].map((value) => sma.update(value));

    expect(values).toEqual([undefined, undefined, 3, 6, 6]);
    expect(sma.value).toBe(6);
  });

  it('equals the mean of the window computed from scratch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { maxLength: 60 }),
        (period, halfPoints) => {
          const sma = new Sma(period);

          halfPoints.forEach((_, index) => {
            const value = sma.update((halfPoints[index] ?? 0) / 2);
            const window = halfPoints.slice(Math.max(0, index + 1 - period), index + 1);
            const mean = window.reduce((sum, half) => sum + half / 2, 0) / period;
            expect(value).toBe(window.length < period ? undefined : mean);
          });
        },
      ),
    );
  });

  it('does not drift when the values are no whole half points', () => {
    const random = createPrng(7);
    const values = Array.from({ length: 200_000 }, () => 100_000 * random());
    const sma = new Sma(7);

    for (const value of values) sma.update(value);

    const mean = values.slice(-7).reduce((sum, value) => sum + value, 0) / 7;
    expect(Math.abs((sma.value ?? Number.NaN) - mean)).toBeLessThan(1e-9);
  });
});
