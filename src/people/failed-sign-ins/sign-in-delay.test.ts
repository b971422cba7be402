import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockLasting, delayAfter, FREE_FAILURES, LONGEST_DELAY_MS } from './sign-in-delay.ts';

describe('the delay after failed sign-ins', () => {
  it('is 1 s after five failures, doubles with each more, and ends at 15 minutes', () => {
    const delays = Array.from({ length: 17 }, (_, failures) => delayAfter(failures) / 1_000);

    expect(delays).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  });

  it('never shrinks with more failures, and is never longer than the longest', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000 }), fc.nat({ max: 100_000 }), (one, more) => {
        expect(delayAfter(one + more)).toBeGreaterThanOrEqual(delayAfter(one));
        expect(delayAfter(one + more)).toBeLessThanOrEqual(LONGEST_DELAY_MS);
        expect(delayAfter(one) === 0).toBe(one <= FREE_FAILURES);
      }),
    );
  });
});

describe('the block of an address', () => {
  it('is 15 minutes at first, doubles, and ends at a day', () => {
    const hours = Array.from({ length: 9 }, (_, earlier) => blockLasting(earlier) / 3_600_000);

    expect(hours).toEqual([0.25, 0.5, 1, 2, 4, 8, 16, 24, 24]);
  });
});
