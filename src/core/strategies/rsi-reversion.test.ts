/** `rsi_reversion` on closes made by hand, with RSI(2): plain means of two changes, then each average moves half way. */

import { describe, expect, it } from 'vitest';
import type { Candle } from '../domain/candle.ts';
import type { PositionSide } from '../domain/position.ts';
import { RSI_REVERSION } from './rsi-reversion.ts';
import { createStrategy } from './testing/create-strategy.ts';
import { FLAT_VIEW } from './testing/flat-view.ts';
import { heldPosition } from './testing/held-position.ts';
import type { Intent, Strategy, StrategyView } from './strategy.ts';
import type { Json } from '../shared/json.ts';

/** A candle whose middle closes at 110,000 + `close` points. */
function candleOf(close: number): Candle {
  const bid = 110_000 + close - 5;
  const bids = { bidOpen: bid, bidHigh: bid, bidLow: bid, bidClose: bid };
  const asks = { askOpen: bid + 10, askHigh: bid + 10, askLow: bid + 10, askClose: bid + 10 };
  return {
    instrument: 'EUR_USD',
    granularity: 'M15',
    startsAt: 0,
    endsAt: 900_000,
    ...bids,
    ...asks,
    quotes: 1,
  };
}

const create = (input: Readonly<Record<string, Json>> = {}): Strategy =>
  createStrategy(RSI_REVERSION, { rsiPeriod: 2, ...input });

/** The answers to candles with these closes, each seen with the same view. */
function answers(
  strategy: Strategy,
  closes: readonly number[],
  view: Partial<StrategyView> = {},
): readonly (readonly Intent[])[] {
  return closes.map((close) => strategy.onCandle(candleOf(close), { ...FLAT_VIEW, ...view }));
}

const long = { type: 'open', side: 'long', size: { units: 1000 }, orderType: 'market' };
const short = { ...long, side: 'short' };
const close = { type: 'close', brokerPositionId: 3 };

describe('rsi_reversion', () => {
  it('goes long at the oversold bound, not above it', () => {
    // Changes +3 and -7: averages 1.5 and 3.5, RSI exactly 30. Then +1: averages 1.25 and 1.75, RSI 41.7.
    expect(answers(create(), [0, 3, -4, -3])).toEqual([[], [], [long], []]);
    expect(answers(create({ oversold: 29.9 }), [0, 3, -4]).at(-1)).toEqual([]);
  });

  it('closes at the overbought bound, not below it', () => {
    // Changes +7 and -3: RSI exactly 70.
    const positions = [heldPosition(3, 'long')];

    expect(answers(create(), [0, 7, 4], { positions })).toEqual([[], [], [close]]);
    expect(answers(create({ overbought: 70.1 }), [0, 7, 4], { positions }).at(-1)).toEqual([]);
  });

  it('does not decide before the RSI is ready', () => {
    expect(answers(create(), [0, -100])).toEqual([[], []]);
  });

  it('does nothing while prices stand still', () => {
    expect(answers(create({ allowShort: true }), [0, 0, 0, 0]).flat()).toEqual([]);
  });

  it.each<{
    readonly name: string;
    readonly closes: readonly number[];
    readonly view: Partial<StrategyView>;
    readonly allowShort: boolean;
    readonly last: readonly unknown[];
  }>([
    {
      name: 'adds nothing to a long',
      closes: [0, 3, -4],
      view: { positions: [heldPosition(3, 'long')] },
      allowShort: false,
      last: [],
    },
    {
      name: 'opens nothing while an order is under way',
      closes: [0, 3, -4],
      view: { hasOpenOrder: true },
      allowShort: false,
      last: [],
    },
    { name: 'goes short only where it may', closes: [0, 7, 4], view: {}, allowShort: false, last: [] },
    { name: 'goes short where it may', closes: [0, 7, 4], view: {}, allowShort: true, last: [short] },
    {
      name: 'turns a long round',
      closes: [0, 7, 4],
      view: { positions: [heldPosition(3, 'long')] },
      allowShort: true,
      last: [close, short],
    },
    {
      name: 'turns a short round',
      closes: [0, 3, -4],
      view: { positions: [heldPosition(3, 'short')] },
      allowShort: true,
      last: [close, long],
    },
    {
      name: 'adds nothing to a short',
      closes: [0, 7, 4],
      view: { positions: [heldPosition(3, 'short')] },
      allowShort: true,
      last: [],
    },
  ])('$name', ({ closes, view, allowShort, last }) => {
    expect(answers(create({ allowShort: allowShort }), closes, view).at(-1)).toEqual(last);
  });

  it('sets a stop where that is wanted, from the ask of a long', () => {
    // Fourteen candles without height, 3 up and 3 down in turn: the first true range is 0, the other thirteen are 3.
    const closes = [...Array.from({ length: 13 }, (_, index) => (index % 2) * 3), -4];
    // The fourteenth falls from 0 to -4: (0 + 12 * 3 + 4) / 14 = 2.857; twice that is 5.7.
    expect(answers(create({ atrStop: 2 }), closes).at(-1)).toEqual([
      { ...long, stopLoss: 110_000 - 4 + 5 - 6 },
    ]);
  });

  describe('with divergence', () => {
    const options = { useDivergence: true, divergenceLookback: 2, oversold: 10, overbought: 90 };
    // Changes:   -10   -2    +6    -5
    // Gain:             0     3   1.5
    // Loss:             6     3     4
    // RSI:              0    50  27.3: a lower close than -12 with a higher RSI than 0.
    const BULLISH = [0, -10, -12, -6, -13];
    const BEARISH = BULLISH.map((price) => -price);

    it.each([
      {
        name: 'goes long on a bullish one although the RSI is not oversold',
        closes: BULLISH,
        input: {},
        last: [long],
      },
      { name: 'does not unless it is asked to', closes: BULLISH, input: { useDivergence: false }, last: [] },
      {
        name: 'does nothing on a bearish one where shorts are not allowed',
        closes: BEARISH,
        input: {},
        last: [],
      },
      {
        name: 'goes short on a bearish one where shorts are allowed',
        closes: BEARISH,
        input: { allowShort: true },
        last: [short],
      },
    ])('$name', ({ closes, input, last }) => {
      expect(answers(create({ ...options, ...input }), closes).at(-1)).toEqual(last);
    });

    it.each<PositionSide>(['long', 'short'])('neither closes nor adds to a %s', (side) => {
      const strategy = create({ ...options, allowShort: true });

      expect(answers(strategy, BULLISH, { positions: [heldPosition(3, side)] }).at(-1)).toEqual([]);
    });
  });
});
