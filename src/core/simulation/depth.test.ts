import { describe, expect, it } from 'vitest';
import { bucketsError, offerBeyond, offerOf } from './depth.ts';

const BUCKETS = [
  { units: 1_000, pointsWorse: 0 },
  { units: 2_000, pointsWorse: 3 },
  { units: 5_000, pointsWorse: 10 },
];
const BUY = { side: 'buy', units: 1_000, best: 110_010, worst: undefined, taken: 0 } as const;
const SELL = { ...BUY, side: 'sell', best: 110_000 } as const;

describe('what the market gives', () => {
  it.each([
    ['the best price for the first bucket', BUY, 1_000, 110_010, undefined],
    // 1,000 at 0 and 1,000 at 3 points: 1.5, and the half goes against the order.
    ['the average of the buckets', { ...BUY, units: 2_000 }, 2_000, 110_012, undefined],
    ['the average for a sell', { ...SELL, units: 2_000 }, 2_000, 109_998, undefined],
    ['an average that is whole', { ...BUY, units: 3_000 }, 3_000, 110_012, undefined],
    ['all there is', { ...BUY, units: 9_000 }, 8_000, 110_017, 'depth'],
    ['no bucket beyond the bound', { ...BUY, units: 9_000, worst: 110_013 }, 3_000, 110_012, 'bound'],
    [
      'no bucket beyond the bound of a sell',
      { ...SELL, units: 9_000, worst: 109_999 },
      1_000,
      110_000,
      'bound',
    ],
    ['nothing when the best price is beyond the bound', { ...BUY, worst: 110_009 }, 0, 110_010, 'bound'],
    ['what others left', { ...BUY, units: 1_500, taken: 1_500 }, 1_500, 110_013, undefined],
    ['nothing when others took all', { ...BUY, taken: 8_000 }, 0, 110_010, 'depth'],
  ] as const)('is %s', (_, wanted, units, price, lack) => {
    expect(offerOf(BUCKETS, wanted)).toEqual({ units, price, lack });
  });

  it('is an exact average of parts of units', () => {
    const wanted = { ...BUY, units: 0.3, taken: 999.9 };
    // 0.1 at 0 and 0.2 at 3 points are 2 on average; sums of doubles come to a bit more, which would be rounded up.
    expect(offerOf(BUCKETS, wanted)).toEqual({ units: 0.3, price: 110_012, lack: undefined });
    expect(offerOf(BUCKETS, { ...wanted, units: 7_000.3 })).toMatchObject({ units: 7_000.1, lack: 'depth' });
    expect(
      offerOf(
        [
          { units: 1, pointsWorse: 1 },
          { units: 1, pointsWorse: 1 },
        ],
        { ...BUY, units: 1.3, taken: 0.1 },
      ),
    ).toMatchObject({ units: 1.3, price: 110_011 });
  });

  it('is any size at the best price where no depth is stated', () => {
    const wanted = { ...BUY, units: 90_000_000, taken: 5 };

    expect(offerOf(undefined, wanted)).toEqual({ units: 90_000_000, price: 110_010, lack: undefined });
    expect(offerOf(undefined, { ...wanted, worst: 110_009 })).toMatchObject({ units: 0, lack: 'bound' });
  });

  it('continues at the price of the last bucket where the broker closes out', () => {
    // 1,000 at 0, 2,000 at 3 and 7,000 at 10 points: 7.6.
    expect(offerBeyond(BUCKETS, { ...SELL, units: 10_000 })).toEqual({
      units: 10_000,
      price: 109_992,
      lack: undefined,
    });
    expect(offerBeyond(undefined, SELL)).toEqual({ units: 1_000, price: 110_000, lack: undefined });
  });
});

describe('the depth that is stated', () => {
  it('is taken when its buckets have units and lie further and further from the best price', () => {
    expect(bucketsError(BUCKETS)).toBeUndefined();
    expect(bucketsError([{ units: 1, pointsWorse: 4 }])).toBeUndefined();
  });

  it.each([
    ['no buckets', [], '1 to 20 buckets'],
    [
      'too many buckets',
      Array.from({ length: 21 }, (_, pointsWorse) => ({ units: 1, pointsWorse })),
      '1 to 20',
    ],
    ['no units', [{ units: 0, pointsWorse: 0 }], 'whole units'],
    ['parts of units', [{ units: 1.5, pointsWorse: 0 }], 'whole units'],
    ['a better price than the best', [{ units: 1, pointsWorse: -1 }], 'further'],
    ['parts of points', [{ units: 1, pointsWorse: 0.5 }], 'further'],
    ['two buckets at one price', [BUCKETS[0], BUCKETS[0]], 'further'],
    ['buckets that come nearer', [BUCKETS[1], BUCKETS[0]], 'further'],
  ])('is refused with %s', (_, buckets, sentence) => {
    const stated = buckets.flatMap((bucket) => (bucket ? [bucket] : []));

    expect(bucketsError(stated)).toContain(sentence);
  });
});
