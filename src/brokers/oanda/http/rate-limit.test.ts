import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.ts';

const turns = (limit: RateLimit, now: number, count: number): readonly number[] =>
  Array.from({ length: count }, () => limit.takeTurn(now));

describe('a rate limit', () => {
  it('lets a burst pass at once and delays what comes after it', () => {
    const limit = new RateLimit({ perSecond: 10, burst: 3 });

    expect(turns(limit, 1_000, 6)).toEqual([0, 0, 0, 100, 200, 300]);
  });

  it('allows a burst again after a quiet time, and no larger one', () => {
    const limit = new RateLimit({ perSecond: 10, burst: 2 });
    turns(limit, 0, 2);

    expect(turns(limit, 60_000, 3)).toEqual([0, 0, 100]);
  });

  it('never gives more turns in a second than the rate and the burst', () => {
    const limit = new RateLimit({ perSecond: 100, burst: 100 });
    const times = Array.from({ length: 1_000 }, (_, index) => index + limit.takeTurn(index));

    for (const [index, at] of times.entries()) {
      const within = times.filter((other) => other >= at && other < at + 1_000);
      expect(within.length, `from turn ${index} on`).toBeLessThanOrEqual(200);
    }
  });
});
