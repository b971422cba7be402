/** `donchian_breakout` on candles made by hand, with an entry channel of five candles and an exit channel of two. */

import { describe, expect, it } from 'vitest';
import type { Candle } from '../domain/candle.ts';
import type { PositionSide } from '../domain/position.ts';
import { DONCHIAN_BREAKOUT } from './donchian-breakout.ts';
import { createStrategy } from './testing/create-strategy.ts';
import { FLAT_VIEW } from './testing/flat-view.ts';
import { heldPosition } from './testing/held-position.ts';
import type { Intent, Strategy, StrategyView } from './strategy.ts';
import type { Json } from '../shared/json.ts';

/** Low, close and high of a candle's middle, in points above 110,000; the spread is 10. */
type Prices = readonly [low: number, close: number, high: number];

function candleOf([low, close, high]: Prices): Candle {
  const at = (mid: number, half: number): number => 110_000 + mid + half;
  return {
    instrument: 'EUR_USD',
    granularity: 'M15',
    startsAt: 0,
    endsAt: 900_000,
    bidOpen: at(close, -5),
    bidHigh: at(high, -5),
    bidLow: at(low, -5),
    bidClose: at(close, -5),
    askOpen: at(close, 5),
    askHigh: at(high, 5),
    askLow: at(low, 5),
    askClose: at(close, 5),
    quotes: 1,
  };
}

const create = (input: Readonly<Record<string, Json>> = {}): Strategy =>
  createStrategy(DONCHIAN_BREAKOUT, { lookback: 5, exitLookback: 2, atrStop: 0, ...input });

/** The answer to the last of these candles. */
function answer(
  strategy: Strategy,
  candles: readonly Prices[],
  view: Partial<StrategyView> = {},
): readonly Intent[] {
  const answered = candles.map((prices, index) =>
    strategy.onCandle(candleOf(prices), index === candles.length - 1 ? { ...FLAT_VIEW, ...view } : FLAT_VIEW),
  );
  expect(answered.slice(0, -1).flat()).toEqual([]);
  return answered.at(-1) ?? [];
}

const long = { type: 'open', side: 'long', size: { units: 1000 }, orderType: 'market' };
const short = { ...long, side: 'short' };

// Highest 60 and lowest -60 of five; of the last two 20 and -20.
const CHANNEL: readonly Prices[] = [
  [-60, 0, 10],
  [-10, 0, 60],
  [-20, 0, 20],
  [-20, 0, 20],
  [-20, 0, 20],
];

describe('donchian_breakout', () => {
  it.each<{ readonly name: string; readonly last: Prices; readonly entry: readonly unknown[] }>([
    { name: 'goes long on a close above the channel', last: [0, 61, 61], entry: [long] },
    { name: 'goes short on a close below the channel', last: [-61, -61, 0], entry: [short] },
    { name: 'does nothing on a close at its upper edge', last: [0, 60, 60], entry: [] },
    { name: 'does nothing on a close at its lower edge', last: [-60, -60, 0], entry: [] },
    { name: 'does nothing when only the wick leaves it', last: [-500, 0, 500], entry: [] },
    { name: 'does nothing beyond the exit channel alone', last: [0, 30, 30], entry: [] },
  ])('$name', ({ last, entry }) => {
    expect(answer(create(), [...CHANNEL, last])).toEqual(entry);
  });

  it('knows no channel before it has seen all its candles', () => {
    expect(answer(create(), [...CHANNEL.slice(1), [0, 500, 500]])).toEqual([]);
  });

  it('forgets candles that are older than the channel', () => {
    // The high of 60 was six candles ago: 21 is a breakout now.
    expect(answer(create(), [...CHANNEL.slice(1), [-20, 0, 20], [-20, 0, 20], [0, 21, 21]])).toEqual([long]);
  });

  it.each<{
    readonly name: string;
    readonly side: PositionSide;
    readonly last: Prices;
    readonly intents: readonly unknown[];
  }>([
    {
      name: 'closes a long below the exit channel',
      side: 'long',
      last: [-21, -21, 0],
      intents: [{ type: 'close', brokerPositionId: 4 }],
    },
    {
      name: 'closes a short above the exit channel',
      side: 'short',
      last: [0, 21, 21],
      intents: [{ type: 'close', brokerPositionId: 4 }],
    },
    { name: 'keeps a long at the edge of the exit channel', side: 'long', last: [-20, -20, 0], intents: [] },
    { name: 'keeps a long above the exit channel', side: 'long', last: [0, 30, 30], intents: [] },
    { name: 'keeps a short below the exit channel', side: 'short', last: [-30, -30, 0], intents: [] },
    { name: 'adds nothing to a long on another breakout', side: 'long', last: [0, 61, 61], intents: [] },
    {
      name: 'turns a long round on a breakout below',
      side: 'long',
      last: [-61, -61, 0],
      intents: [{ type: 'close', brokerPositionId: 4 }, short],
    },
    {
      name: 'turns a short round on a breakout above',
      side: 'short',
      last: [0, 61, 61],
      intents: [{ type: 'close', brokerPositionId: 4 }, long],
    },
  ])('$name', ({ side, last, intents }) => {
    expect(answer(create(), [...CHANNEL, last], { positions: [heldPosition(4, side)] })).toEqual(intents);
  });

  it('does not enter while an order of it is under way', () => {
    expect(answer(create(), [...CHANNEL, [0, 61, 61]], { hasOpenOrder: true })).toEqual([]);
  });

  it('sets its stop at two average true ranges by default, from the side it fills on', () => {
    const strategy = create({ atrStop: 2 });
    // Thirteen candles 40 high that start where the one before closed; then one from 0 to 40: fourteen true ranges of 40.
    const level = Array.from({ length: 13 }, (): Prices => [-20, 0, 20]);

    const intents = answer(strategy, [...level, [0, 40, 40]], {
      quote: { instrument: 'EUR_USD', at: 0, bid: 110_038, ask: 110_045 },
    });

    expect(intents).toEqual([{ ...long, stopLoss: 110_045 - 80 }]);
  });

  it('does not enter before the range of its stop is known', () => {
    expect(answer(create({ atrStop: 2 }), [...CHANNEL, [0, 61, 61]])).toEqual([]);
  });
});
