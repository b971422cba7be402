import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../shared/assert.ts';
import { Ema } from './ema.ts';

describe('Ema', () => {
  it.each([0, -1, 2.5, Number.NaN])('refuses a period of %s', (period) => {
    expect(() => new Ema(period)).toThrow(InvariantError);
  });

  it('is not ready before its period', () => {
    const ema = new Ema(3);

    expect([ema.value, ema.update(1), ema.update(2), ema.value]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('starts from the mean of the first n values and then moves by 2/(n+1) of each surprise', () => {
    const ema = new Ema(3);

    const values = [2, 4, 9, 7, 1].map((value) => ema.update(value));

    // (2 + 4 + 9) / 3 = 5; 5 + (7 - 5) / 2 = 6; 6 + (1 - 6) / 2 = 3.5
    expect(values).toEqual([undefined, undefined, 5, 6, 3.5]);
    expect(ema.value).toBe(3.5);
  });

  it('of a constant is the constant', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: -400_000, max: 400_000 }),
        (period, halfPoints) => {
          const ema = new Ema(period);
          for (let count = 0; count < 3 * period; count += 1) ema.update(halfPoints / 2);

          expect(ema.value).toBe(halfPoints / 2);
        },
      ),
    );
  });

  it('equals the weighted sum of all values, computed from scratch, to 1e-9', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 20, maxLength: 60 }),
        (period, values) => {
          const ema = new Ema(period);
          const keep = 1 - 2 / (period + 1);

          for (const value of values) ema.update(value);

          // Unrolled: each value weighs (1 - keep)·keep^age, the seed keep^(values after it).
          const after = values.slice(period);
          const seed = values.slice(0, period).reduce((sum, value) => sum + value, 0) / period;
          const expected = after.reduce(
            (sum, value, index) => sum + (1 - keep) * keep ** (after.length - 1 - index) * value,
            seed * keep ** after.length,
          );
          expect(Math.abs((ema.value ?? Number.NaN) - expected)).toBeLessThan(1e-9);
        },
      ),
    );
  });
});
