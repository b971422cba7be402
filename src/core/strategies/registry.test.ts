/** The strategy types as a list: their parameters, and what each of them promises about its state. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candle } from '../domain/candle.ts';
import type { Instrument } from '../domain/instrument.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import type { PositionSide } from '../domain/position.ts';
import { InvariantError } from '../shared/assert.ts';
import { FLAT_VIEW } from './testing/flat-view.ts';
import { heldPosition } from './testing/held-position.ts';
import { checkStrategyParameters, findStrategyType, storedParameters, STRATEGY_TYPES } from './registry.ts';
import type { Intent, Strategy, StrategyParameters, StrategyType, StrategyView } from './strategy.ts';
import type { Json } from '../shared/json.ts';

const EUR_USD = PAPER_INSTRUMENTS.named('EUR_USD');

function typeNamed(name: string): StrategyType {
  const type = findStrategyType(name);
  if (type === undefined) throw new Error(`there is no ${name}`);
  return type;
}

function parametersOf(type: StrategyType, input: unknown): StrategyParameters {
  const checked = checkStrategyParameters(type, input);
  if ('errors' in checked) throw new Error(JSON.stringify(checked.errors));
  return checked.parameters;
}

const errorsOf = (name: string, input: unknown): unknown => {
  const checked = checkStrategyParameters(typeNamed(name), input);
  return 'errors' in checked ? checked.errors : [];
};

describe('The registry', () => {
  it('knows its types by name, and no others', () => {
    expect(STRATEGY_TYPES.map(({ name }) => name)).toEqual([
      'ema_cross',
      'trend_following',
      'donchian_breakout',
      'rsi_reversion',
      'snowball',
    ]);
    for (const type of STRATEGY_TYPES) expect(findStrategyType(type.name)).toBe(type);
    expect(findStrategyType('EMA_CROSS')).toBeUndefined();
    expect(findStrategyType('constructor')).toBeUndefined();
  });

  it.each(STRATEGY_TYPES)(
    'can make a form of $name: every parameter has a default and a description',
    (type) => {
      for (const [name, schema] of Object.entries(type.parametersSchema.properties)) {
        expect(schema, name).toHaveProperty('default');
        expect(schema, name).toHaveProperty('description');
      }
      expect(type.title).not.toBe('');
      expect(type.description).not.toBe('');
    },
  );

  it.each(STRATEGY_TYPES)('has bounds on every number of $name', (type) => {
    for (const [name, schema] of Object.entries(type.parametersSchema.properties)) {
      const isNumber = 'type' in schema && ['integer', 'number'].includes(String(schema.type));
      expect('minimum' in schema && 'maximum' in schema, name).toBe(isNumber);
    }
  });
});

describe('Parameters', () => {
  it.each([
    {
      type: 'ema_cross',
      input: { fast: 26 },
      pointer: 'fast',
      detail: 'must be less than slow (26), was 26',
    },
    { type: 'ema_cross', input: { slow: 5 }, pointer: 'fast', detail: 'must be less than slow (5), was 12' },
    { type: 'ema_cross', input: { fast: 0 }, pointer: 'fast', detail: 'must be at least 1, was 0' },
    { type: 'ema_cross', input: { slow: 1001 }, pointer: 'slow', detail: 'must be at most 1000, was 1001' },
    { type: 'ema_cross', input: { fast: '12' }, pointer: 'fast', detail: 'must be a whole number, was "12"' },
    { type: 'ema_cross', input: { fast: 12.5 }, pointer: 'fast', detail: 'must be a whole number, was 12.5' },
    { type: 'ema_cross', input: { fast: null }, pointer: 'fast', detail: 'must be a whole number, was null' },
    { type: 'ema_cross', input: { units: 0 }, pointer: 'units', detail: 'must be at least 0.000001, was 0' },
    {
      type: 'ema_cross',
      input: { units: 100_000_001 },
      pointer: 'units',
      detail: 'must be at most 100000000, was 100000001',
    },
    { type: 'ema_cross', input: { atrStop: -1 }, pointer: 'atrStop', detail: 'must be at least 0, was -1' },
    {
      type: 'ema_cross',
      input: { atrStop: true },
      pointer: 'atrStop',
      detail: 'must be a number, was true',
    },
    {
      type: 'ema_cross',
      input: { riskPerTrade: 0.01 },
      pointer: 'riskPerTrade',
      detail: 'needs a stop: set atrStop above 0, or riskPerTrade to 0',
    },
    {
      type: 'ema_cross',
      input: { riskPerTrade: 0.11, atrStop: 2 },
      pointer: 'riskPerTrade',
      detail: 'must be at most 0.1, was 0.11',
    },
    {
      type: 'donchian_breakout',
      input: { riskPerTrade: 0.01, atrStop: 0 },
      pointer: 'riskPerTrade',
      detail: 'needs a stop: set atrStop above 0, or riskPerTrade to 0',
    },
    {
      type: 'donchian_breakout',
      input: { lookback: 4 },
      pointer: 'lookback',
      detail: 'must be at least 5, was 4',
    },
    {
      type: 'donchian_breakout',
      input: { exitLookback: 0 },
      pointer: 'exitLookback',
      detail: 'must be at least 1, was 0',
    },
    {
      type: 'trend_following',
      input: { fast: 50 },
      pointer: 'fast',
      detail: 'must be less than slow (50), was 50',
    },
    {
      type: 'snowball',
      input: { tailPips: 31 },
      pointer: 'tailPips',
      detail: 'must be at most headPips (30), was 31',
    },
    {
      type: 'snowball',
      input: { spacing: 'additive' },
      pointer: 'tailPips',
      detail: 'must be at least headPips (30), was 14',
    },
    {
      type: 'snowball',
      input: { shrinkToMargin: 0.7 },
      pointer: 'shrinkToMargin',
      detail: 'must be less than shrinkAboveMargin (0.7), was 0.7',
    },
    {
      type: 'rsi_reversion',
      input: { rsiPeriod: 1 },
      pointer: 'rsiPeriod',
      detail: 'must be at least 2, was 1',
    },
    {
      type: 'rsi_reversion',
      input: { oversold: 70 },
      pointer: 'oversold',
      detail: 'must be less than overbought (70), was 70',
    },
    {
      type: 'rsi_reversion',
      input: { overbought: 100 },
      pointer: 'overbought',
      detail: 'must be at most 99, was 100',
    },
    {
      type: 'rsi_reversion',
      input: { allowShort: 1 },
      pointer: 'allowShort',
      detail: 'must be true or false, was 1',
    },
    {
      type: 'rsi_reversion',
      input: { allowShort: 'yes' },
      pointer: 'allowShort',
      detail: 'must be true or false, was "yes"',
    },
  ])('of $type are refused: $input', ({ type, input, pointer, detail }) => {
    expect(errorsOf(type, input)).toEqual([{ pointer: `/parameters/${pointer}`, detail }]);
  });

  it('that are unknown are refused, each by name, with the known ones', () => {
    const input = JSON.parse('{"fats": 1, "a/b~c": 2, "__proto__": 3}') as unknown;

    expect(errorsOf('ema_cross', input)).toEqual(
      ['fats', 'a~1b~0c', '__proto__'].map((name) => ({
        pointer: `/parameters/${name}`,
        detail: 'is unknown; known are granularity, fast, slow, atrStop, units, riskPerTrade',
      })),
    );
  });

  it('that are wrong are refused all at once', () => {
    expect(errorsOf('rsi_reversion', { granularity: 'M3', units: 'many', oversold: 0 })).toEqual([
      {
        pointer: '/parameters/granularity',
        detail: expect.stringMatching(/^must be one of S5, .*, M, was "M3"$/),
      },
      { pointer: '/parameters/oversold', detail: 'must be at least 1, was 0' },
      { pointer: '/parameters/units', detail: 'must be a number, was "many"' },
    ]);
  });

  it('that are units are such as the instrument has', () => {
    const gold = { ...PAPER_INSTRUMENTS.named('XAU_USD'), unitsPrecision: 1, minimumUnits: 0.2 };
    const check = (units: number, instrument: Instrument) => {
      const checked = checkStrategyParameters(typeNamed('ema_cross'), { units }, instrument);
      return 'errors' in checked ? checked.errors : [];
    };

    expect(check(0.3, gold)).toEqual([]);
    expect(check(1000, EUR_USD)).toEqual([]);
    for (const units of [0.1, 0.25])
      expect(check(units, gold)).toEqual([
        {
          pointer: '/parameters/units',
          detail: 'must be units of XAU_USD: at least 0.2, in steps of 0.1',
        },
      ]);
    expect(check(0.5, EUR_USD)).toHaveLength(1);
  });

  it('may have the names of the first version, in which they were stored', () => {
    const old = { risk_per_trade: 0.02, atr_stop: 1.5, slow: 9, fast: 3 };

    expect(parametersOf(typeNamed('ema_cross'), old)).toMatchObject({ riskPerTrade: 0.02, atrStop: 1.5 });
    expect(storedParameters('ema_cross', old)).toEqual({
      riskPerTrade: 0.02,
      atrStop: 1.5,
      slow: 9,
      fast: 3,
    });
    expect(storedParameters('gone', old)).toBe(old);
    expect(errorsOf('ema_cross', { atr_stop: -1 })).toEqual([
      { pointer: '/parameters/atrStop', detail: 'must be at least 0, was -1' },
    ]);
  });

  it('that have both names are refused: one of the two values would be ignored', () => {
    expect(errorsOf('ema_cross', { atr_stop: 1, atrStop: 2 })).toEqual([
      {
        pointer: '/parameters/atr_stop',
        detail: 'is the earlier name of atrStop, which is given too; leave one of them out',
      },
    ]);
  });

  it.each([null, undefined, 5, 'fast', [], [1]])('that are no object are refused: %j', (input) => {
    expect(errorsOf('ema_cross', input)).toEqual([
      { pointer: '/parameters', detail: expect.stringContaining('must be an object, was ') },
    ]);
  });

  it.each([
    {
      type: 'ema_cross',
      defaults: { granularity: 'M15', fast: 12, slow: 26, atrStop: 0, units: 1000, riskPerTrade: 0 },
      warmUp: 27,
    },
    {
      type: 'donchian_breakout',
      defaults: {
        granularity: 'M15',
        lookback: 20,
        exitLookback: 10,
        atrStop: 2,
        units: 1000,
        riskPerTrade: 0,
      },
      warmUp: 21,
    },
    {
      type: 'rsi_reversion',
      defaults: {
        granularity: 'M15',
        rsiPeriod: 14,
        oversold: 30,
        overbought: 70,
        useDivergence: false,
        divergenceLookback: 5,
        allowShort: false,
        atrStop: 0,
        units: 1000,
        riskPerTrade: 0,
      },
      warmUp: 15,
    },
    {
      type: 'trend_following',
      defaults: {
        granularity: 'M15',
        fast: 20,
        slow: 50,
        atrPeriod: 14,
        atrMultiplier: 2,
        riskPerTrade: 0.02,
      },
      warmUp: 51,
    },
    {
      type: 'snowball',
      defaults: {
        granularity: 'M15',
        baseUnits: 1000,
        trendTakeProfitPips: 50,
        maxSlots: 7,
        maxLayers: 3,
        spacing: 'subtractive',
        headPips: 30,
        tailPips: 14,
        flatSteps: 2,
        gamma: 1.4,
        manualPips: [30, 30, 25, 20, 16, 14, 12],
        counterTarget: 'average',
        counterTakeProfitPips: 25,
        refillSlots: 2,
        stopLossPips: 0,
        rebuildMinutes: 60,
        shrinkAboveMargin: 0.7,
        shrinkToMargin: 0.5,
        emergencyMargin: 0.95,
        maxSpreadPips: 3,
        emaFast: 12,
        emaSlow: 26,
        partialClosePips: 25,
        maxAtrPips: 0,
        addWithTrendOnly: false,
        maxMarginToAdd: 0.5,
        lossCut: 'none',
        lossCutPips: 300,
      },
      warmUp: 26,
    },
  ])('of $type that are left out have the values that are documented', ({ type, defaults, warmUp }) => {
    const given = {};

    const parameters = parametersOf(typeNamed(type), given);

    expect(parameters).toEqual(defaults);
    expect(Object.keys(parameters)).toEqual(Object.keys(defaults));
    expect(given).toEqual({});
    expect(typeNamed(type).warmUpCandles(parameters)).toBe(warmUp);
  });

  it('that are right are kept as they are, in the order of the schema', () => {
    const input = { units: 5, riskPerTrade: 0.02, atrStop: 1.5, slow: 9, fast: 3, granularity: 'H1' };

    const parameters = parametersOf(typeNamed('ema_cross'), input);

    expect(parameters).toEqual(input);
    expect(Object.keys(parameters)).toEqual([
      'granularity',
      'fast',
      'slow',
      'atrStop',
      'units',
      'riskPerTrade',
    ]);
  });

  it('must have been checked before a strategy is made of them', () => {
    expect(() => typeNamed('ema_cross').create({ fast: 3 }, EUR_USD)).toThrow(InvariantError);
  });
});

// Short periods and tight bounds, so that random prices make them act.
const LIVELY: readonly { readonly name: string; readonly input: Readonly<Record<string, Json>> }[] = [
  { name: 'ema_cross', input: { fast: 2, slow: 4 } },
  { name: 'ema_cross', input: { fast: 2, slow: 4, atrStop: 1.5, riskPerTrade: 0.01 } },
  { name: 'trend_following', input: { fast: 2, slow: 4, atrPeriod: 3, atrMultiplier: 1.5 } },
  { name: 'donchian_breakout', input: { lookback: 5, exitLookback: 3 } },
  { name: 'rsi_reversion', input: { rsiPeriod: 3, oversold: 40, overbought: 60, allowShort: true } },
  {
    name: 'rsi_reversion',
    input: { rsiPeriod: 3, useDivergence: true, divergenceLookback: 3, atrStop: 2 },
  },
];

function candle(index: number, close: number): Candle {
  const startsAt = index * 900_000;
  const bid = { bidOpen: close, bidHigh: close + 6, bidLow: close - 6, bidClose: close };
  const ask = { askOpen: close + 3, askHigh: close + 9, askLow: close - 3, askClose: close + 3 };
  return {
    instrument: 'EUR_USD',
    granularity: 'M15',
    startsAt,
    endsAt: startsAt + 900_000,
    ...bid,
    ...ask,
    quotes: 9,
  };
}

/** What a strategy sees at one candle. */
interface Moment {
  readonly step: number;
  readonly sides: readonly PositionSide[];
  readonly hasOpenOrder: boolean;
}

const moments = fc.array(
  fc.record({
    step: fc.integer({ min: -30, max: 30 }),
    sides: fc.constantFrom<readonly PositionSide[]>([], [], ['long'], ['short'], ['short', 'short']),
    hasOpenOrder: fc.boolean(),
  }),
  { minLength: 40, maxLength: 60 },
);

/** Feeds the strategy random-walk candles from number `first` on; returns its answers. */
function feed(strategy: Strategy, walk: readonly Moment[], first: number): readonly (readonly Intent[])[] {
  let close = 110_000;
  return walk.flatMap(({ step, sides, hasOpenOrder }, index) => {
    close += step;
    if (index < first) return [];
    const positions = sides.map((side, number) => heldPosition(number + 1, side));
    const quote = { instrument: 'EUR_USD', at: index, bid: close, ask: close + 3 };
    const view: StrategyView = { ...FLAT_VIEW, at: index, quote, positions, hasOpenOrder };
    return [strategy.onCandle(candle(index, close), view)];
  });
}

describe('A strategy', () => {
  const make = ({ name, input }: (typeof LIVELY)[number]): Strategy => {
    const type = typeNamed(name);
    return type.create(parametersOf(type, input), EUR_USD);
  };

  it.each(LIVELY)('decides the same after a restart at any time: $name $input', (lively) => {
    let decisions = 0;
    fc.assert(
      fc.property(moments, fc.nat(40), (walk, cut) => {
        const before = walk.slice(0, cut);
        const interrupted = make(lively);
        feed(interrupted, before, 0);
        const saved = JSON.stringify(interrupted.save());

        const restored = make(lively);
        restored.restore(JSON.parse(saved) as Json);
        const whole = feed(make(lively), walk, 0);

        expect(JSON.stringify(restored.save())).toBe(saved);
        expect(feed(restored, walk, before.length)).toEqual(whole.slice(before.length));
        decisions += whole.slice(before.length).filter((intents) => intents.length > 0).length;
      }),
      { numRuns: 60 },
    );
    expect(decisions).toBeGreaterThan(10);
  });

  it.each(LIVELY)(
    'never opens twice, beside its side, or while an order is under way: $name $input',
    (lively) => {
      fc.assert(
        fc.property(moments, (walk) => {
          feed(make(lively), walk, 0).forEach((intents, index) => {
            const { sides, hasOpenOrder } = walk[index] ?? { sides: [], hasOpenOrder: false };
            const opens = intents.filter((intent) => intent.type === 'open');
            const closed = intents.flatMap((intent) =>
              intent.type === 'close' ? [intent.brokerPositionId] : [],
            );
            const remaining = sides.filter((_, number) => !closed.includes(number + 1));

            expect(opens.length).toBeLessThanOrEqual(hasOpenOrder || remaining.length > 0 ? 0 : 1);
            expect(intents.at(-1)?.type === 'open' || opens.length === 0).toBe(true);
          });
        }),
        { numRuns: 60 },
      );
    },
  );

  it.each(LIVELY)('wants only the candles it was configured for: $name $input', (lively) => {
    expect(make({ ...lively, input: { ...lively.input, granularity: 'H4' } }).granularities).toEqual(['H4']);
  });

  it.each(LIVELY)('refuses a state that is not its own: $name $input', (lively) => {
    const saved = make(lively).save() as Record<string, Json>;
    const others = LIVELY.filter(({ name }) => name !== lively.name).map((other) => make(other).save());
    const foreign: readonly Json[] = [
      null,
      5,
      [],
      {},
      ...Object.keys(saved).map((name) => ({ ...saved, [name]: 'another' })),
      ...others,
    ];

    for (const state of foreign) expect(() => make(lively).restore(state)).toThrow(InvariantError);
  });

  it('refuses a state that was saved with other periods', () => {
    const saved = make({ name: 'ema_cross', input: { fast: 2, slow: 5 } }).save();

    expect(() => make({ name: 'ema_cross', input: { fast: 2, slow: 4 } }).restore(saved)).toThrow(
      /a saved state \["ema_cross",1,"M15",2,4\] was expected, was \["ema_cross",1,"M15",2,5\]/,
    );
  });

  it('takes over a state that was saved with another size', () => {
    const saved = make({ name: 'ema_cross', input: { fast: 2, slow: 4, units: 1 } }).save();

    expect(() =>
      make({ name: 'ema_cross', input: { fast: 2, slow: 4, units: 7 } }).restore(saved),
    ).not.toThrow();
  });
});
