import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPrng } from '../../shared/prng.ts';
import { EquityCurve, MAX_CURVE_POINTS } from './equity-curve.ts';

const MINUTE_MS = 60_000;

describe('EquityCurve', () => {
  it('is a single point before anything happens', () => {
    expect(new EquityCurve(5, 100).points()).toEqual([{ at: 5, equity: 100 }]);
  });

  it('keeps every point of a short run', () => {
    const curve = new EquityCurve(0, 100);
    for (let minute = 1; minute <= 50; minute += 1) curve.update(minute * MINUTE_MS, 100 + minute);

    expect(curve.points()).toEqual(
      Array.from({ length: 51 }, (_, minute) => ({ at: minute * MINUTE_MS, equity: 100 + minute })),
    );
  });

  it.each([
    { name: 'a year of minutes', count: 370_000, gapMs: MINUTE_MS },
    { name: 'ten quotes a second', count: 100_000, gapMs: 100 },
    { name: 'a century of days', count: 36_525, gapMs: 1_440 * MINUTE_MS },
  ])('stays within its limit and keeps the extremes over $name', ({ count, gapMs }) => {
    const random = createPrng(11);
    const curve = new EquityCurve(0, 1_000_000);
    const equities = [1_000_000];
    for (let index = 1; index <= count; index += 1) {
      const equity = (equities.at(-1) ?? 0) + Math.round(200 * (random() - 0.5));
      equities.push(equity);
      curve.update(index * gapMs, equity);
    }

    const points = curve.points();

    const kept = points.map((point) => point.equity);
    expect(points.length).toBeLessThanOrEqual(MAX_CURVE_POINTS);
    expect(points.length).toBeGreaterThan(MAX_CURVE_POINTS / 4);
    expect(points[0]).toEqual({ at: 0, equity: 1_000_000 });
    expect(points.at(-1)).toEqual({ at: count * gapMs, equity: equities.at(-1) });
    const range = (values: readonly number[]) =>
      values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)] as const, [
        Infinity,
        -Infinity,
      ] as const);
    expect(range(kept)).toEqual(range(equities));
  });

  it('gives only observed points, in order of time, with the lowest and the highest among them', () => {
    const changes = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 10 ** 7 }), fc.integer({ min: 1, max: 10 ** 6 })),
      { minLength: 1, maxLength: 3_000 },
    );
    fc.assert(
      fc.property(changes, (steps) => {
        let at = 0;
        const observed = [
          { at: 0, equity: 500 },
          ...steps.map(([gap, equity]) => ({ at: (at += gap), equity })),
        ];
        const curve = new EquityCurve(0, 500);
        for (const point of observed.slice(1)) curve.update(point.at, point.equity);

        const points = curve.points();

        const seen = new Set(observed.map((point) => `${point.at} ${point.equity}`));
        expect(points.length).toBeLessThanOrEqual(MAX_CURVE_POINTS);
        expect(points.filter((point) => !seen.has(`${point.at} ${point.equity}`))).toEqual([]);
        expect(points.map((point) => point.at)).toEqual(
          points.map((point) => point.at).toSorted((a, b) => a - b),
        );
        const equities = observed.map((point) => point.equity);
        const kept = new Set(points.map((point) => point.equity));
        expect(kept.has(Math.max(...equities))).toBe(true);
        expect(kept.has(Math.min(...equities))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
