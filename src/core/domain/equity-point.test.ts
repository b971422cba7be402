import { describe, expect, it } from 'vitest';
import { dailyPoints, equityStepStart } from './equity-point.ts';

/** 17:00 New York on Tuesday 5 March 2024. */
const FIVE = Date.UTC(2024, 2, 5, 22);

describe('the history of equity', () => {
  it('has the last point of each trading day', () => {
    const hour = (after: number, nav: number) => ({ at: FIVE + after * 3_600_000, balance: 1, nav });

    expect(dailyPoints([hour(-2, 10), hour(-1, 11), hour(0, 12), hour(23, 13), hour(24, 14)])).toEqual([
      { at: FIVE - 86_400_000, balance: 1, nav: 11 },
      { at: FIVE, balance: 1, nav: 13 },
      { at: FIVE + 86_400_000, balance: 1, nav: 14 },
    ]);
    expect(dailyPoints([])).toEqual([]);
  });

  it.each([
    ['M1', FIVE + 61_999, FIVE + 60_000],
    ['H1', FIVE + 3_599_999, FIVE],
    ['D', FIVE - 1, FIVE - 86_400_000],
    ['D', FIVE, FIVE],
  ] as const)('begins a step of %s where it is to', (resolution, at, start) => {
    expect(equityStepStart(resolution, at)).toBe(start);
  });
});
