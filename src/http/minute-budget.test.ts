import { describe, expect, it } from 'vitest';
import { MinuteBudget } from './minute-budget.ts';

describe('the budget of a minute', () => {
  it('refuses what does not fit into the rest, with the time until the next, and still takes what does', () => {
    const budget = new MinuteBudget(10);

    expect(budget.spend('a', 6, 1_000)).toBeUndefined();
    expect(budget.spend('a', 5, 21_000)).toBe(40_000);
    expect(budget.spend('a', 4, 21_000)).toBeUndefined();
    expect(budget.spend('a', 1, 60_999)).toBe(1);
    expect(budget.spend('b', 10, 21_000)).toBeUndefined();
  });

  it('begins again a minute after the first request', () => {
    const budget = new MinuteBudget(10);
    budget.spend('a', 10, 1_000);

    expect(budget.spend('a', 10, 61_000)).toBeUndefined();
    expect(budget.spend('a', 1, 61_000)).toBe(60_000);
  });
});
