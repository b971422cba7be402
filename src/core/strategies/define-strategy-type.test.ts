import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { InvariantError } from '../shared/assert.ts';
import { defineStrategyType, parametersSchema } from './define-strategy-type.ts';
import { FLAT_VIEW } from './testing/flat-view.ts';
import type { Candle } from '../domain/candle.ts';
import type { Intent, Strategy } from './strategy.ts';

const BUY: readonly Intent[] = [{ type: 'open', side: 'long', size: { units: 1 }, orderType: 'market' }];
const QUOTE = { instrument: 'EUR_USD', at: 0, bid: 1, ask: 2 };

/** Wants to buy whatever it is called for, and counts candles. */
const EAGER = defineStrategyType({
  name: 'eager',
  title: 'Eager',
  description: 'Always buys.',
  parameters: parametersSchema({ period: Type.Integer({ default: 3 }), other: Type.Integer({ default: 0 }) }),
  state: Type.Object({ candles: Type.Integer() }),
  stateDependsOn: ['period'],
  otherInstruments: () => ['GBP_USD'],
  warmUp: ({ period }) => period,
  create: () => {
    let candles = 0;
    return {
      granularities: ['M1'] as const,
      wakesAt: 1_000,
      onCandle: () => {
        candles += 1;
        return BUY;
      },
      onQuote: () => BUY,
      onClock: () => BUY,
      save: () => ({ candles }),
      restore: (state) => {
        candles = state.candles;
      },
    };
  },
});

const create = (parameters = { period: 3, other: 0 }): Strategy =>
  EAGER.create(parameters, PAPER_INSTRUMENTS.named('EUR_USD'));

function candle(instrument = 'EUR_USD'): Candle {
  const bid = { bidOpen: 1, bidHigh: 1, bidLow: 1, bidClose: 1 };
  const ask = { askOpen: 2, askHigh: 2, askLow: 2, askClose: 2 };
  return { instrument, granularity: 'M1', startsAt: 0, endsAt: 60_000, quotes: 1, ...bid, ...ask };
}

describe('A warm-up', () => {
  it('lets nothing through until the last candle that is needed', () => {
    const strategy = create();

    expect(strategy.warmUp).toEqual({ seen: 0, needed: 3 });
    expect(strategy.onQuote?.(QUOTE, FLAT_VIEW)).toEqual([]);
    expect(strategy.onClock?.(0, FLAT_VIEW)).toEqual([]);
    expect(strategy.wakesAt).toBeUndefined();
    expect(strategy.onCandle(candle(), FLAT_VIEW)).toEqual([]);
    expect(strategy.onCandle(candle(), FLAT_VIEW)).toEqual([]);
    expect(strategy.warmUp).toEqual({ seen: 2, needed: 3 });
    expect(strategy.onCandle(candle(), FLAT_VIEW)).toEqual(BUY);
    expect(strategy.warmUp).toBeUndefined();
    expect(strategy.onQuote?.(QUOTE, FLAT_VIEW)).toEqual(BUY);
    expect(strategy.wakesAt).toBe(1_000);
  });

  it('counts candles of the past, and those of its own instrument only', () => {
    const strategy = create();
    strategy.learn?.(candle());
    strategy.learn?.(candle('GBP_USD'));
    strategy.onCandle(candle('GBP_USD'), FLAT_VIEW);

    expect(strategy.warmUp).toEqual({ seen: 1, needed: 3 });
  });

  it('continues after a restart, and is not made twice', () => {
    const strategy = create();
    strategy.learn?.(candle());
    const half = create();
    half.restore(strategy.save());
    strategy.learn?.(candle());
    strategy.learn?.(candle());
    const warm = create();
    warm.restore(strategy.save());

    expect(half.warmUp).toEqual({ seen: 1, needed: 3 });
    expect(warm.warmUp).toBeUndefined();
  });

  it('is over in a state from before there was one', () => {
    const strategy = create();
    strategy.restore({ key: '["eager",1,3]', candles: 1 });

    expect(strategy.warmUp).toBeUndefined();
  });
});

describe('A saved state', () => {
  it.each([
    ['another parameter that it depends on', create({ period: 4, other: 0 }).save()],
    ['another form', { key: '["eager",1,3]', candles: 'many' }],
    ['no form', null],
  ])('with %s is refused', (_case, state) => {
    expect(() => create().restore(state)).toThrow(InvariantError);
  });

  it('with a parameter that it does not depend on is taken', () => {
    expect(() => create().restore(create({ period: 3, other: 5 }).save())).not.toThrow();
  });
});
