import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from '../shared/assert.ts';
import { measurePerformance } from './performance.ts';
import type { PerformanceInput, PerformanceReport } from './performance.ts';

const DAY_MS = 86_400_000;
const NO_COSTS = { spread: 0, slippage: 0, commission: 0, financing: 0, conversion: 0 };

/** A run with these end-of-day equities after a start of 1,000. */
function runOf(equities: readonly number[], more: Partial<PerformanceInput> = {}): PerformanceInput {
  return {
    startsAt: 0,
    endsAt: equities.length * DAY_MS,
    startEquity: 10_000_000,
    daily: equities.map((equity, index) => ({ endsAt: (index + 1) * DAY_MS, equity })),
    trades: [],
    exposureMs: 0,
    marketOpenMs: 0,
    costs: NO_COSTS,
    ...more,
  };
}

const curve = fc.array(fc.integer({ min: 9_000_000, max: 11_000_000 }), { minLength: 30, maxLength: 60 });

const SCALE_FREE = [
  'totalReturn',
  'cagr',
  'arithmeticAnnualReturn',
  'volatility',
  'maxDrawdown',
  'averageDrawdown',
  'ulcerIndex',
  'painIndex',
  'sharpe',
  'sharpeStandardError',
  'sharpeLow95',
  'sharpeHigh95',
  'probabilisticSharpe',
  'sortino',
  'calmar',
  'martin',
  'recoveryFactor',
  'stability',
  'kRatio',
  'skew',
  'excessKurtosis',
  'valueAtRisk95',
  'valueAtRisk95Normal',
  'conditionalValueAtRisk95',
  'omega',
  'tailRatio',
  'gainToPain',
  'longestDrawdownMs',
  'recoveryMs',
] as const satisfies readonly (keyof PerformanceReport)[];

const YEAR_RATIOS = ['sharpe', 'sortino', 'probabilisticSharpe', 'sharpeStandardError'] as const;

describe('measurePerformance', () => {
  it.each([0, -5])(
    'refuses a start equity of %s, because nothing can be measured against it',
    (startEquity) => {
      expect(() => measurePerformance(runOf([1], { startEquity }))).toThrow(InvariantError);
    },
  );

  it('gives null, never a number, where constant equity leaves nothing to divide by', () => {
    const report = measurePerformance(runOf(Array.from({ length: 40 }, () => 10_000_000)));

    expect(report).toMatchObject({ netProfit: 0, totalReturn: 0, cagr: 0, volatility: 0, maxDrawdown: 0 });
    expect(report).toMatchObject({
      sharpe: null,
      sharpeLow95: null,
      sortino: null,
      calmar: null,
      calmar36Months: null,
      martin: null,
      recoveryFactor: null,
      recoveryMs: null,
      averageDrawdown: null,
      probabilisticSharpe: null,
      deflatedSharpe: null,
      stability: null,
      kRatio: null,
      skew: null,
      excessKurtosis: null,
      omega: null,
      gainToPain: null,
      tailRatio: null,
      exposure: null,
      marketChange: null,
      maxBalanceDrawdown: null,
    });
  });

  it('gives null for Sharpe-type ratios of steady growth, whose deviation is rounding noise', () => {
    const equities = Array.from({ length: 40 }, (_, day) => Math.round(1e13 * 1.001 ** (day + 1)));

    const report = measurePerformance(runOf(equities, { startEquity: 1e13 }));

    expect(report.sharpe).toBeNull();
    expect(report.kRatio).toBeNull();
    expect(report.stability).toBeCloseTo(1, 9);
  });

  it.each([0, 1, 29])('gives no Sharpe-type number for %s daily returns', (days) => {
    const report = measurePerformance(
      runOf(
        Array.from({ length: days }, (_, day) => 10_000_000 + 1_000 * (day % 7)),
        { trials: { count: 3, sharpeVariance: 1 } },
      ),
    );

    for (const name of YEAR_RATIOS) expect(report[name]).toBeNull();
    expect(report.deflatedSharpe).toBeNull();
  });

  it('gives Sharpe-type numbers from 30 daily returns on', () => {
    const report = measurePerformance(
      runOf(Array.from({ length: 30 }, (_, day) => 10_000_000 + 1_000 * (day % 7))),
    );

    for (const name of YEAR_RATIOS) expect(report[name]).toBeTypeOf('number');
  });

  it('reports a run without a single day as no profit and no growth', () => {
    const report = measurePerformance(runOf([]));

    expect(report).toMatchObject({
      endEquity: 10_000_000,
      netProfit: 0,
      cagr: null,
      dailyReturns: 0,
      volatility: null,
    });
  });

  it('ends the returns with the day on which everything was lost', () => {
    const report = measurePerformance(runOf([5_000_000, -1_000_000, -1_000_000, -2_000_000]));

    expect(report).toMatchObject({ dailyReturns: 2, netProfit: -12_000_000, cagr: null, stability: null });
    expect(report.maxDrawdown).toBeCloseTo(1.2, 12);
  });

  it('counts deposits and withdrawals as no result', () => {
    const plain = measurePerformance(runOf([11_000_000, 9_900_000, 10_890_000]));
    const moved = measurePerformance({
      ...runOf([]),
      endsAt: 3 * DAY_MS,
      daily: [
        { endsAt: DAY_MS, equity: 22_000_000, netTransfer: 11_000_000 },
        { endsAt: 2 * DAY_MS, equity: 9_900_000, netTransfer: -9_900_000 },
        { endsAt: 3 * DAY_MS, equity: 10_890_000 },
      ],
    });

    // Plus 10 %, minus 10 %, plus 10 %, whatever was paid in or out.
    expect(moved.totalReturn).toBeCloseTo(plain.totalReturn ?? Number.NaN, 12);
    expect(moved.maxDrawdown).toBeCloseTo(0.1, 12);
    expect(moved.volatility).toBeCloseTo(plain.volatility ?? Number.NaN, 12);
    // In money: +1,000,000 of 10,000,000, −2,200,000 of 22,000,000, +990,000 of 9,900,000.
    expect(moved).toMatchObject({ netTransfer: 1_100_000, netProfit: -210_000 });
  });

  it('does not let a deposit after ruin hide the ruin', () => {
    const report = measurePerformance({
      ...runOf([]),
      endsAt: 2 * DAY_MS,
      daily: [
        { endsAt: DAY_MS, equity: 9_000_000, netTransfer: 10_000_000 },
        { endsAt: 2 * DAY_MS, equity: 18_000_000 },
      ],
    });

    expect(report).toMatchObject({ dailyReturns: 1, netProfit: -2_000_000, cagr: null });
    expect(report.totalReturn).toBeCloseTo(-1.1, 12);
  });

  it('takes tracked drawdowns before those of the daily points', () => {
    const tracked = {
      maximumFraction: 0.5,
      maximumMoney: 123,
      longestMs: 7,
      longestIsOpen: true,
      recoveryMs: 3,
    };

    const report = measurePerformance(
      runOf([11_000_000, 10_000_000], {
        equityDrawdown: tracked,
        balanceDrawdown: { ...tracked, maximumMoney: 45 },
      }),
    );

    expect(report).toMatchObject({
      maxDrawdown: 0.5,
      maxDrawdownMoney: 123,
      maxBalanceDrawdown: 0.5,
      maxBalanceDrawdownMoney: 45,
      longestDrawdownMs: 7,
      longestDrawdownIsOpen: true,
      recoveryMs: 3,
    });
  });

  it('says which conventions it used', () => {
    const report = measurePerformance(runOf([10_000_000], { conventions: { periodsPerYear: 260 } }));

    expect(report.conventions).toEqual({
      periodsPerYear: 260,
      riskFreeRate: 0,
      minimumAcceptableReturn: 0,
      day: 'fx-day-17:00-new-york',
      deviation: 'sample',
    });
  });

  it('accounts for every cost between gross and net', () => {
    const costs = { spread: 700, slippage: -50, commission: 300, financing: -20, conversion: 5 };

    const report = measurePerformance(runOf([10_010_000], { costs }));

    expect(report.costs).toEqual({ ...costs, net: 10_000, gross: 10_935 });
  });

  it('measures exposure against market hours and the market by its prices', () => {
    const report = measurePerformance(
      runOf([10_000_000], {
        exposureMs: 6,
        marketOpenMs: 24,
        market: { firstPrice: 110_000, lastPrice: 121_000 },
      }),
    );

    expect(report.exposure).toBe(0.25);
    expect(report.marketChange).toBeCloseTo(0.1, 12);
  });

  it('gives the Calmar ratio of the last 36 months apart from that of the whole run', () => {
    // Four years of month-ends: a fall of 50 % in the first year, then 1 % up and a fall of 10 % in the last.
    const values = [5_000_000, ...Array.from({ length: 45 }, (_, month) => 5_000_000 + 50_000 * month)];
    const equities = [...values, 6_525_000, 7_500_000];
    const monthMs = 30.4375 * DAY_MS;

    const report = measurePerformance({
      ...runOf([]),
      endsAt: 48 * monthMs,
      daily: equities.map((equity, month) => ({ endsAt: (month + 1) * monthMs, equity })),
    });

    // 36 months before the end the equity was 5,500,000.
    expect(report.calmar).toBeCloseTo((0.75 ** (1 / 4) - 1) / 0.5, 9);
    expect(report.calmar36Months).toBeCloseTo(((7_500 / 5_500) ** (1 / 3) - 1) / (675 / 7_200), 9);
  });

  it('deflates more, the more was tried, and not at all for a single trial', () => {
    const equities = Array.from({ length: 100 }, (_, day) => 10_000_000 + 3_000 * day + 20_000 * (day % 5));
    const deflated = (count: number): number =>
      measurePerformance(runOf(equities, { trials: { count, sharpeVariance: 1 } })).deflatedSharpe ??
      Number.NaN;

    expect(deflated(1)).toBe(measurePerformance(runOf(equities)).probabilisticSharpe);
    expect(deflated(10)).toBeLessThan(deflated(1));
    expect(deflated(1_000)).toBeLessThan(deflated(10));
  });

  it('gives the same ratios whatever the size of the account', () => {
    fc.assert(
      fc.property(curve, fc.integer({ min: 2, max: 50 }), (equities, factor) => {
        const small = measurePerformance(runOf(equities));
        const large = measurePerformance(
          runOf(
            equities.map((equity) => equity * factor),
            { startEquity: 10_000_000 * factor },
          ),
        );

        for (const name of SCALE_FREE) {
          const [one, other] = [small[name], large[name]];
          if (one === null || other === null) expect(other).toBe(one);
          else expect(Math.abs(other - one)).toBeLessThan(1e-9 * Math.max(1, Math.abs(one)));
        }
        expect(large.netProfit).toBe(small.netProfit * factor);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps every number of a report finite, and shares and probabilities within their bounds', () => {
    fc.assert(
      fc.property(curve, (equities) => {
        const report = measurePerformance(runOf(equities, { trials: { count: 5, sharpeVariance: 0.5 } }));

        for (const [name, value] of Object.entries(report)) {
          if (typeof value === 'number') expect(value, name).toSatisfy(Number.isFinite);
        }
        expect(report.maxDrawdown).toBeGreaterThanOrEqual(0);
        expect(report.maxDrawdown).toBeLessThanOrEqual(1);
        expect(report.painIndex ?? 0).toBeLessThanOrEqual(report.ulcerIndex ?? 0);
        expect(report.ulcerIndex ?? 0).toBeLessThanOrEqual(report.maxDrawdown);
        expect(report.conditionalValueAtRisk95 ?? 0).toBeLessThanOrEqual(report.valueAtRisk95 ?? 0);
        expect(report.stability ?? 0).toBeLessThanOrEqual(1 + 1e-9);
        expect(report.sharpeLow95 ?? 0).toBeLessThanOrEqual(report.sharpe ?? 0);
        expect(report.deflatedSharpe ?? 0).toBeLessThanOrEqual(report.probabilisticSharpe ?? 0);
      }),
      { numRuns: 50 },
    );
  });
});
