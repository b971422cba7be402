/** `ema_cross` on candles made by hand, with EMA(2) and EMA(3): weights 2/3 and 1/2, seeded with the mean of the first 2 and 3 closes. */

import { describe, expect, it } from 'vitest';
import type { Candle } from '../domain/candle.ts';
import type { Quote } from '../domain/quote.ts';
import { EMA_CROSS } from './ema-cross.ts';
import { createStrategy } from './testing/create-strategy.ts';
import { FLAT_VIEW } from './testing/flat-view.ts';
import { heldPosition } from './testing/held-position.ts';
import type { Intent, Strategy, StrategyView } from './strategy.ts';
import type { Json } from '../shared/json.ts';

/** A candle whose middle closes at 110,000 + `close` points, 20 high, with a spread of 10. */
function candleOf(close: number, index = 0): Candle {
  const bid = 110_000 + close - 5;
  return {
    instrument: 'EUR_USD',
    granularity: 'M15',
    startsAt: index * 900_000,
    endsAt: (index + 1) * 900_000,
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

const create = (input: Readonly<Record<string, Json>>): Strategy =>
  createStrategy(EMA_CROSS, { fast: 2, slow: 3, ...input });

/** The answers to candles with these closes; the view is flat but for the last candle, when it is `last`. */
function answers(
  strategy: Strategy,
  closes: readonly number[],
  last: Partial<StrategyView> = {},
): readonly (readonly Intent[])[] {
  return closes.map((close, index) => {
    const view = index === closes.length - 1 ? { ...FLAT_VIEW, ...last } : FLAT_VIEW;
    return strategy.onCandle(candleOf(close, index), view);
  });
}

const long = { type: 'open', side: 'long', size: { units: 1000 }, orderType: 'market' };
const short = { ...long, side: 'short' };

// EMA(2):          -    0   0  -20      13.3    -22.2
// EMA(3):          -    -   0  -15       7.5    -16.3
const CROSSINGS = [0, 0, 0, -30, 30, -40];

describe('ema_cross', () => {
  it('goes long when the fast EMA crosses above, and short when it crosses below', () => {
    expect(answers(create({}), CROSSINGS)).toEqual([[], [], [], [], [long], [short]]);
  });

  it('takes where the averages lie first for no crossing', () => {
    expect(answers(create({}), [0, 10, 20, 30, 40, 50]).flat()).toEqual([]);
  });

  it('takes meeting without passing for no crossing', () => {
    // EMA(1) is the close; EMA(2) is 10, 10, then 10 + (50 - 10) * 2/3 = 36.7 and below that.
    const strategy = create({ fast: 1, slow: 2 });

    expect(answers(strategy, [0, 20, 10, 50, 0])).toEqual([[], [], [], [], [short]]);
  });

  it('sees a crossing that pauses at the meeting', () => {
    const strategy = create({ fast: 1, slow: 2 });

    // Above, equal, below.
    expect(answers(strategy, [0, 20, 10, 0])).toEqual([[], [], [], [short]]);
  });

  it('closes what is open the other way before it opens', () => {
    const positions = [heldPosition(7, 'long'), heldPosition(9, 'long')];

    const last = answers(create({}), CROSSINGS, { positions }).at(-1);

    expect(last).toEqual([
      { type: 'close', brokerPositionId: 7 },
      { type: 'close', brokerPositionId: 9 },
      short,
    ]);
  });

  it('adds nothing to a position of the same side', () => {
    expect(answers(create({}), CROSSINGS, { positions: [heldPosition(7, 'short')] }).at(-1)).toEqual([]);
  });

  it('only closes while an order of it is under way', () => {
    const view = { positions: [heldPosition(7, 'long')], hasOpenOrder: true };

    expect(answers(create({}), CROSSINGS, view).at(-1)).toEqual([{ type: 'close', brokerPositionId: 7 }]);
    expect(answers(create({}), CROSSINGS, { hasOpenOrder: true }).at(-1)).toEqual([]);
  });

  describe('with a stop', () => {
    // Fourteen candles for the ATR: every candle is 20 high and starts at the close before it, so the true range is 20.
    const level = Array.from({ length: 14 }, () => 0);
    const quote: Quote = { instrument: 'EUR_USD', at: 0, bid: 110_100, ask: 110_112 };

    it('sets it from the ask for a long', () => {
      // The candle at -5 reaches from -15 to 5 and so does not widen the range; the one at 5 reaches from -5 to 15.
      const strategy = create({ atrStop: 1.5 });

      const last = answers(strategy, [...level, -5, 5], { quote }).at(-1);

      expect(last).toEqual([{ ...long, stopLoss: 110_112 - 30 }]);
    });

    it('sets it from the bid for a short', () => {
      const strategy = create({ atrStop: 1.5 });

      const last = answers(strategy, [...level, 5, -5], { quote }).at(-1);

      expect(last).toEqual([{ ...short, stopLoss: 110_100 + 30 }]);
    });

    it('sets it from the close of the candle when there is no quote', () => {
      const strategy = create({ atrStop: 1.5 });

      expect(answers(strategy, [...level, -5, 5]).at(-1)).toEqual([{ ...long, stopLoss: 110_010 - 30 }]);
    });

    it('sizes by the risk to the stop where that is wanted', () => {
      const strategy = create({ atrStop: 2, riskPerTrade: 0.01, units: 77 });

      const last = answers(strategy, [...level, -5, 5], { quote }).at(-1);

      expect(last).toEqual([
        { ...long, size: { riskFraction: 0.01, stopDistance: 40 }, stopLoss: 110_112 - 40 },
      ]);
    });

    it('does nothing before the range is known: it still warms up', () => {
      const last = answers(create({ atrStop: 1 }), CROSSINGS, { positions: [heldPosition(7, 'long')] }).at(
        -1,
      );

      expect(last).toEqual([]);
    });
  });
});
