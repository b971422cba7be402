/** `trend_following` on candles made by hand, with EMA(2), EMA(3) and ATR(2). */

import { describe, expect, it } from 'vitest';
import type { Candle } from '../domain/candle.ts';
import type { Intent, Strategy, StrategyView } from './strategy.ts';
import { createStrategy } from './testing/create-strategy.ts';
import { FLAT_VIEW } from './testing/flat-view.ts';
import { heldPosition } from './testing/held-position.ts';
import { TREND_FOLLOWING } from './trend-following.ts';

/** A candle whose middle closes at 110,000 + `close` points, 20 high, with a spread of 10. */
function candleOf(close: number): Candle {
  const bid = 110_000 + close - 5;
  return {
    instrument: 'EUR_USD',
    granularity: 'M15',
    startsAt: 0,
    endsAt: 900_000,
    bidOpen: bid,
    bidHigh: bid + 10,
    bidLow: bid - 10,
    bidClose: bid,
    askOpen: bid + 10,
    askHigh: bid + 20,
    askLow: bid,
    askClose: bid + 10,
    quotes: 1,
  };
}

const create = (): Strategy => createStrategy(TREND_FOLLOWING, { fast: 2, slow: 3, atrPeriod: 2 });

/** The answers to candles with these closes; the view is flat but for the last candle. */
function answers(
  closes: readonly number[],
  last: Partial<StrategyView> = {},
): readonly (readonly Intent[])[] {
  const strategy = create();
  return closes.map((close, index) =>
    strategy.onCandle(candleOf(close), index === closes.length - 1 ? { ...FLAT_VIEW, ...last } : FLAT_VIEW),
  );
}

describe('trend_following', () => {
  it('enters when the trend turns, sized by the risk to a stop at twice the range', () => {
    // True ranges are 20, 20, 20, 40 and 70; ATR(2) is then 20, 20, 30, 50.
    const open = { type: 'open', orderType: 'market' };

    expect(answers([0, 0, 0, -30, 30])).toEqual([
      [],
      [],
      [],
      [],
      [
        {
          ...open,
          side: 'long',
          size: { riskFraction: 0.02, stopDistance: 100 },
          stopLoss: 110_035 - 100,
        },
      ],
    ]);
  });

  it('takes the first trend for no turn', () => {
    expect(answers([0, 10, 20, 30, 40, 50]).flat()).toEqual([]);
  });

  it('closes what is open against the new trend first', () => {
    const [close, entry] =
      answers([0, 0, 0, -30, 30], { positions: [heldPosition(7, 'short', 110_100)] }).at(-1) ?? [];

    expect(close).toEqual({ type: 'close', brokerPositionId: 7 });
    expect(entry).toMatchObject({ type: 'open', side: 'long' });
  });

  it.each([
    ['a long, up', [0, 0, 0, 10, 20], heldPosition(7, 'long', 109_900), 109_975],
    ['a short, down', [0, 0, 0, -10, -20], heldPosition(7, 'short', 110_100), 110_025],
    ['one without a stop', [0, 0, 0, 10, 20], heldPosition(7, 'long', undefined), 109_975],
  ] as const)('moves the stop of %s', (_case, closes, position, stopLoss) => {
    // True ranges are 20: the stop is 40 points from the bid of a long, from the ask of a short.
    expect(answers(closes, { positions: [position] }).at(-1)).toEqual([
      { type: 'modify', brokerPositionId: 7, stopLoss },
    ]);
  });

  it.each([
    ['long', 109_975],
    ['long', 109_980],
    ['short', 110_065],
  ] as const)('never moves the stop of a %s back from %d', (side, stopLoss) => {
    expect(answers([0, 0, 0, 10, 20], { positions: [heldPosition(7, side, stopLoss)] }).at(-1)).toEqual([]);
  });
});
