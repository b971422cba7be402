/** When closes and RSI diverge. */

import { describe, expect, it } from 'vitest';
import { DivergenceDetector } from './rsi-divergence.ts';

type Pair = readonly [close: number, rsi: number];

function last(pairs: readonly Pair[], lookback = 3): string | undefined {
  const detector = new DivergenceDetector(lookback);
  return pairs.map(([close, rsi]) => detector.update(close, rsi)).at(-1);
}

describe('A divergence', () => {
  it.each<{ readonly name: string; readonly pairs: readonly Pair[]; readonly found: string | undefined }>([
    {
      name: 'is bullish: a new low with a higher RSI',
      pairs: [
        [100, 40],
        [90, 20],
        [95, 35],
        [89, 25],
      ],
      found: 'bullish',
    },
    {
      name: 'is bearish: a new high with a lower RSI',
      pairs: [
        [100, 60],
        [110, 80],
        [105, 65],
        [111, 75],
      ],
      found: 'bearish',
    },
    {
      name: 'is none when the RSI confirms the low',
      pairs: [
        [100, 40],
        [90, 20],
        [95, 35],
        [89, 19],
      ],
      found: undefined,
    },
    {
      name: 'is none when the RSI is equal',
      pairs: [
        [100, 40],
        [90, 20],
        [95, 35],
        [89, 20],
      ],
      found: undefined,
    },
    {
      name: 'is none without a new low',
      pairs: [
        [100, 40],
        [90, 20],
        [95, 35],
        [90, 25],
      ],
      found: undefined,
    },
    {
      name: 'is not bullish above the middle',
      pairs: [
        [100, 60],
        [90, 40],
        [95, 55],
        [89, 50],
      ],
      found: undefined,
    },
    {
      name: 'is not bearish below the middle',
      pairs: [
        [100, 40],
        [110, 60],
        [105, 45],
        [111, 50],
      ],
      found: undefined,
    },
    {
      name: 'is none before the lookback is full',
      pairs: [
        [90, 20],
        [95, 35],
        [89, 25],
      ],
      found: undefined,
    },
    {
      name: 'compares with the latest of equal lows',
      pairs: [
        [90, 20],
        [90, 30],
        [95, 35],
        [89, 25],
      ],
      found: undefined,
    },
    {
      name: 'forgets lows that are older than the lookback',
      pairs: [
        [80, 10],
        [100, 40],
        [90, 20],
        [95, 35],
        [89, 25],
      ],
      found: 'bullish',
    },
  ])('$name', ({ pairs, found }) => {
    expect(last(pairs)).toBe(found);
  });
});
