/** The average price that a basket measures its targets from. */

import { describe, expect, it } from 'vitest';
import { averagePrice } from './basket.ts';

const TENTHS = { unitsPrecision: 1 };
const WHOLE = { unitsPrecision: 0 };

describe('The average price of positions', () => {
  it.each([
    [[0.1, 2_764_188]],
    [
      [0.1, 2_448_276],
      [0.1, 2_448_276],
    ],
  ])('that were opened at one price is that price: %o', (...lots) => {
    const [[, price] = []] = lots;

    expect(
      averagePrice(
        TENTHS,
        lots.map(([openUnits = 0, entryPrice = 0]) => ({ openUnits, entryPrice })),
      ),
    ).toBe(price);
  });

  it('is that of whole units of a smaller size', () => {
    const lots = [
      { openUnits: 0.1, entryPrice: 2_448_276 },
      { openUnits: 0.1, entryPrice: 2_449_595 },
    ];

    expect(averagePrice(TENTHS, lots)).toBe(2_448_935.5);
    expect(
      averagePrice(
        WHOLE,
        lots.map((lot) => ({ ...lot, openUnits: 1 })),
      ),
    ).toBe(2_448_935.5);
  });
});
