/** When a migration that was rolled back for others is tried again. */
import { describe, expect, it } from 'vitest';
import { delayBeforeRetry, isPassing, TryAgain } from './lock-retry.ts';

const BLOCKED = new TryAgain('an index is being built');
const LIMITS = { tries: 10, budgetMs: 600_000, firstDelayMs: 1_000, longestDelayMs: 30_000 };

describe('the delay before another try', () => {
  it.each([
    { tried: 1, about: 1_000 },
    { tried: 2, about: 2_000 },
    { tried: 5, about: 16_000 },
    { tried: 9, about: 30_000 },
  ])('is about $about ms after $tried', ({ tried, about }) => {
    const delayMs = delayBeforeRetry(BLOCKED, tried, 0, LIMITS);

    expect(delayMs).toBeGreaterThanOrEqual(about * 0.75);
    expect(delayMs).toBeLessThanOrEqual(about * 1.25);
  });

  it('is none after the last try, nor when it would end after the budget', () => {
    expect(delayBeforeRetry(BLOCKED, 10, 0, LIMITS)).toBeUndefined();
    expect(delayBeforeRetry(BLOCKED, 1, 599_500, LIMITS)).toBeUndefined();
  });
});

describe('what may succeed a moment later', () => {
  it.each([
    { sqlState: '55P03', isWorthIt: true },
    { sqlState: '40P01', isWorthIt: true },
    { sqlState: '40001', isWorthIt: true },
    { sqlState: '57014', isWorthIt: false },
    { sqlState: '23505', isWorthIt: false },
    { sqlState: undefined, isWorthIt: false },
  ])('is SQLSTATE $sqlState: $isWorthIt', ({ sqlState, isWorthIt }) => {
    expect(isPassing(Object.assign(new Error('failed'), { code: sqlState }))).toBe(isWorthIt);
  });

  it('is what says so itself', () => {
    expect(isPassing(BLOCKED)).toBe(true);
  });
});
