import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../shared/assert.ts';
import { Rsi } from './rsi.ts';

/** The definition, without any running state: averages of gains and losses over all changes, seeded with the mean of the first n. */
function rsiFromScratch(values: readonly number[], period: number): number {
  const average = (changes: readonly number[]): number =>
    changes
      .slice(period)
      .reduce(
        (mean, change) => (mean * (period - 1) + change) / period,
        changes.slice(0, period).reduce((sum, change) => sum + change, 0) / period,
      );
  const changes = values.slice(1).map((value, index) => value - (values[index] ?? 0));
  const gain = average(changes.map((change) => Math.max(change, 0)));
  const loss = average(changes.map((change) => Math.max(-change, 0)));
  if (loss === 0) return gain === 0 ? 50 : 100;
  return 100 - 100 / (1 + gain / loss);
}

describe('Rsi', () => {
  it('refuses a period below one', () => {
    expect(() => new Rsi(0)).toThrow(InvariantError);
  });

  it('needs one value more than its period, because it averages changes', () => {
    const rsi = new Rsi(2);

    expect([10, 11, 10].map((value) => rsi.update(value))).toEqual([undefined, undefined, 50]);
  });

  it.each([
    { name: 'is 50 when nothing moves', step: 0, expected: 50 },
    { name: 'is 100 when nothing falls', step: 1, expected: 100 },
    { name: 'is 0 when nothing rises', step: -1, expected: 0 },
  ])('$name', ({ step, expected }) => {
    const rsi = new Rsi(14);

    for (let count = 0; count < 40; count += 1) rsi.update(110_000 + count * step);

    expect(rsi.value).toBe(expected);
  });

  it('seeds with plain means and then smooths as Wilder does', () => {
    const rsi = new Rsi(2);

    const values = [10, 13, 12, 12, 16].map((value) => rsi.update(value));

    // gains 3 0 0 4: 1.5, 0.75, 2.375; losses 0 1 0 0: 0.5, 0.25, 0.125
    expect(values).toEqual([undefined, undefined, 75, 75, 95]);
  });

  it('agrees with the worked example of StockCharts (ChartSchool, RSI 14) to the digits printed', () => {
    const closes = [
      44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931,
      46.0328, 45.614, 46.282, 46.282, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
    ];
    const rsi = new Rsi(14);

    const values = closes.map((close) => rsi.update(close)).filter((value) => value !== undefined);

    expect(values.map((value) => value.toFixed(2))).toEqual([
      '70.53',
      '66.32',
      '66.55',
      '69.41',
      '66.36',
      '57.97',
    ]);
  });

  it('equals a computation from scratch to 1e-9 and stays within 0 and 100', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 14 }),
        fc.array(fc.integer({ min: 100_000, max: 100_200 }), { minLength: 15, maxLength: 60 }),
        (period, values) => {
          const rsi = new Rsi(period);
          for (const value of values) rsi.update(value);
          const found = rsi.value ?? Number.NaN;

          expect(Math.abs(found - rsiFromScratch(values, period))).toBeLessThan(1e-9);
          expect(found).toBeGreaterThanOrEqual(0);
          expect(found).toBeLessThanOrEqual(100);
        },
      ),
    );
  });
});
