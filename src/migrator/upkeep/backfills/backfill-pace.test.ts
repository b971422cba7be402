import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextBatchSize, restMs, smallerBatchSize } from './backfill-pace.ts';

describe('the size of the next batch', () => {
  it.each([
    ['stays when the batch took its time', 1_000, 100, 1_000],
    ['doubles at most, however fast it was', 1_000, 0, 2_000],
    ['halves at most, however slow it was', 1_000, 60_000, 500],
    ['follows the time in between', 1_000, 125, 800],
    ['is never below the smallest', 100, 5_000, 100],
    ['is never above the largest', 20_000, 1, 20_000],
  ])('%s', (_what, size, elapsedMs, next) => {
    expect(nextBatchSize(size, elapsedMs)).toBe(next);
  });

  it('settles where a batch takes 100 ms, wherever it began', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0.006, max: 0.9, noNaN: true }),
        (first, msPerRow) => {
          let size = first;
          for (let batch = 0; batch < 20; batch += 1) size = nextBatchSize(size, size * msPerRow);
          expect(size * msPerRow).toBeGreaterThan(95);
          expect(size * msPerRow).toBeLessThan(105);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is half as large after one that was given up', () => {
    expect(smallerBatchSize(1_000)).toBe(500);
    expect(smallerBatchSize(100)).toBe(100);
  });
});

describe('the rest after a batch', () => {
  it('is a share of its time, and bounded', () => {
    expect(restMs(100, 0.5)).toBe(50);
    expect(restMs(60_000, 0.5)).toBe(500);
  });
});
