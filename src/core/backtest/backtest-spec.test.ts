import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { canonicalText, checkSpec } from './backtest-spec.ts';
import type { Granularity } from '../domain/candle.ts';
import type { StrategyType } from '../strategies/strategy.ts';
import type { BacktestSpec } from './backtest-spec.ts';
import type { PriceSource } from './price-cursor.ts';

const SPEC: BacktestSpec = {
  strategyType: 'waiting',
  parameters: { fast: 3, slow: 8 },
  instrument: 'EUR_USD',
  currency: 'USD',
  initialBalance: 100_000_000,
  from: 1_000,
  until: 2_000,
  costs: { slippagePoints: 1, commissionPerMillion: 0, conversionMarkup: 0.005 },
  limits: {},
  hedging: false,
  seed: 0,
};

function typeWanting(...granularities: readonly Granularity[]): StrategyType {
  return {
    name: 'waiting',
    title: 'Waiting',
    description: 'Waits.',
    parametersVersion: 1,
    stateVersion: 1,
    parametersSchema: Type.Object({}),
    checkParameters: ({ fast, slow }) =>
      Number(fast) < Number(slow) ? [] : [{ parameter: 'fast', detail: 'must be less than slow' }],
    warmUpCandles: () => 0,
    create: () => ({ granularities, onCandle: () => [], save: () => null, restore: () => undefined }),
  };
}

const QUOTES = [{ instrument: 'EUR_USD', granularity: undefined }] as const;
const pointersOf = (changes: Partial<BacktestSpec>) =>
  checkSpec({ ...SPEC, ...changes }, typeWanting('M15'), QUOTES).map(({ pointer }) => pointer);

describe('the check of a spec', () => {
  it.each<[string, Partial<BacktestSpec>]>([
    ['/instrument', { instrument: 'EUR_XYZ' }],
    ['/currency', { currency: 'GBP' }],
    ['/initialBalance', { initialBalance: 0 }],
    ['/initialBalance', { initialBalance: 2 ** 53 }],
    ['/to', { from: 2_000, until: 2_000 }],
    ['/costs/slippagePoints', { costs: { ...SPEC.costs, slippagePoints: 0.5 } }],
    ['/costs/commissionPerMillion', { costs: { ...SPEC.costs, commissionPerMillion: -1 } }],
    ['/costs/conversionMarkup', { costs: { ...SPEC.costs, conversionMarkup: 0.5 } }],
    ['/costs/financing', { costs: { ...SPEC.costs, financing: { longRate: -2.5, shortRate: 0 } } }],
    ['/limits/maxOrderUnits', { limits: { maxOrderUnits: 0 } }],
    ['/limits/maxDailyLoss', { limits: { maxDailyLoss: -5 } }],
    ['/limits/maxSpreadPoints', { limits: { maxSpreadPoints: 1.5 } }],
    ['/parameters/fast', { parameters: { fast: 9, slow: 8 } }],
  ])('finds what is wrong with %s', (pointer, changes) => {
    expect(pointersOf(changes)).toEqual([pointer]);
  });

  it('names every wrong field at once', () => {
    expect(pointersOf({ currency: 'CHF', initialBalance: -1, until: 0 })).toEqual([
      '/initialBalance',
      '/to',
      '/currency',
    ]);
  });

  it('says which currencies the price can convert to', () => {
    const sources = [{ instrument: 'EUR_GBP', granularity: undefined }];
    const [error] = checkSpec({ ...SPEC, instrument: 'EUR_GBP' }, typeWanting(), sources);

    expect(error).toMatchObject({
      pointer: '/currency',
      detail:
        'results in GBP cannot be converted to USD: import a price series of GBP_USD, or of EUR_GBP with EUR_USD, or choose GBP or EUR',
    });
  });

  it.each([
    ['M5', 'M15', true],
    ['M15', 'M15', true],
    ['H1', 'M15', false],
    ['M4', 'M10', false],
  ] as const)('lets a run on %s candles feed a strategy that wants %s: %s', (stored, wanted, isRight) => {
    const errors = checkSpec(SPEC, typeWanting(wanted), [{ instrument: 'EUR_USD', granularity: stored }]);

    expect(errors.length === 0).toBe(isRight);
  });

  it('wants prices of a pair, or of two, that convert to a third currency', () => {
    const errorsWith = (...pairs: readonly string[]) =>
      checkSpec(
        { ...SPEC, instrument: 'GBP_JPY', currency: 'EUR' },
        typeWanting(),
        ['GBP_JPY', ...pairs].map((instrument) => ({ instrument, granularity: undefined })),
      ).map(({ pointer }) => pointer);

    expect(errorsWith()).toEqual(['/currency']);
    expect(errorsWith('EUR_USD')).toEqual(['/currency']);
    expect(errorsWith('EUR_USD', 'USD_JPY')).toEqual([]);
    expect(errorsWith('EUR_JPY')).toEqual([]);
  });

  it('wants prices of every instrument that the strategy watches, fine enough for its candles', () => {
    const type = typeWanting('M15');
    const watching: StrategyType = {
      ...type,
      create: (...made) => ({ ...type.create(...made), otherInstruments: ['GBP_USD'] }),
    };
    const errorsWith = (...sources: readonly PriceSource[]) =>
      checkSpec(SPEC, watching, [...QUOTES, ...sources]).map(({ pointer }) => pointer);

    expect(errorsWith()).toEqual(['/series/GBP_USD']);
    expect(errorsWith({ instrument: 'GBP_USD', granularity: 'H1' })).toEqual(['/series/GBP_USD']);
    expect(errorsWith({ instrument: 'GBP_USD', granularity: 'M5' })).toEqual([]);
  });

  it('finds nothing wrong with a right one', () => {
    expect(pointersOf({})).toEqual([]);
    expect(pointersOf({ currency: 'EUR' })).toEqual([]);
  });
});

describe('the text of a spec', () => {
  it('is the same however its fields are ordered, and whether or not absent ones are spelled out', () => {
    const { strategyType, ...rest } = SPEC;
    const reordered = {
      ...rest,
      strategyType,
      parameters: { slow: 8, fast: 3 },
      limits: { maxOrderUnits: undefined },
    };

    expect(canonicalText(reordered)).toBe(canonicalText(SPEC));
  });

  it('differs where anything differs', () => {
    expect(canonicalText({ ...SPEC, seed: 1 })).not.toBe(canonicalText(SPEC));
    expect(canonicalText({ ...SPEC, parameters: { fast: 3, slow: 9 } })).not.toBe(canonicalText(SPEC));
  });
});
