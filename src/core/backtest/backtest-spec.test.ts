import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { canonicalText, checkSpec } from './backtest-spec.ts';
import type { Granularity } from '../domain/candle.ts';
import type { StrategyType } from '../strategies/strategy.ts';
import type { BacktestSpec } from './backtest-spec.ts';

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

const QUOTES = { kind: 'quotes', granularity: undefined } as const;
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
      '/currency',
      '/initialBalance',
      '/to',
    ]);
  });

  it('says which currencies the price can convert to', () => {
    const [error] = checkSpec({ ...SPEC, instrument: 'EUR_GBP' }, typeWanting(), QUOTES);

    expect(error?.detail).toContain('choose GBP or EUR');
  });

  it.each([
    ['M5', 'M15', true],
    ['M15', 'M15', true],
    ['H1', 'M15', false],
    ['M4', 'M10', false],
  ] as const)('lets a run on %s candles feed a strategy that wants %s: %s', (stored, wanted, isRight) => {
    const errors = checkSpec(SPEC, typeWanting(wanted), { kind: 'candles', granularity: stored });

    expect(errors.length === 0).toBe(isRight);
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
