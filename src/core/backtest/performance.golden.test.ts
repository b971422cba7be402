/** A worked reference: 520 daily returns whose figures were computed with independent libraries. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseMoney } from '../domain/money.ts';
import { compoundAnnualReturn } from './performance/growth.ts';
import { measurePerformance } from './performance.ts';
import type { PerformanceInput } from './performance.ts';

const DAY_MS = 86_400_000;

// The file has dates only. Every day ends at 22:00 UTC here, so that durations are whole days.
const [start, ...daily] = readFileSync(
  new URL('../../../test/fixtures/golden-equity.csv', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [date = '', equity = ''] = line.split(',');
    return { endsAt: Date.parse(`${date}T22:00:00Z`), equity: parseMoney(equity) ?? Number.NaN };
  });

const INPUT: PerformanceInput = {
  startsAt: start?.endsAt ?? Number.NaN,
  startEquity: start?.equity ?? Number.NaN,
  endsAt: daily.at(-1)?.endsAt ?? Number.NaN,
  daily,
  trades: [],
  exposureMs: 0,
  marketOpenMs: 0,
  costs: { spread: 0, slippage: 0, commission: 0, financing: 0, conversion: 0 },
  trials: { count: 20, sharpeVariance: 0.25 },
};

const report = measurePerformance(INPUT);

const withPeriods = (periodsPerYear: number) =>
  measurePerformance({ ...INPUT, conventions: { periodsPerYear } });

const growth = (report.totalReturn ?? Number.NaN) + 1;

/** The reference prints nine digits or more, rounded; 1e-9 is one of the ninth. */
function expectFigure(found: number | null, printed: string): void {
  expect(Math.abs((found ?? Number.NaN) - Number(printed))).toBeLessThan(1e-9);
}

describe('The golden equity curve', () => {
  it('has 520 daily returns from 10,000.00 to 10,850.91', () => {
    expect(report).toMatchObject({
      dailyReturns: 520,
      startEquity: 100_000_000,
      endEquity: 108_509_100,
      netProfit: 8_509_100,
    });
  });

  it.each([
    ['Sharpe, P = 252', report.sharpe, '0.623849133997'],
    ['Sharpe, P = 260', withPeriods(260).sharpe, '0.633674134'],
    ['Sharpe, P = 365', withPeriods(365).sharpe, '0.750802549'],
    ['Sortino, P = 252', report.sortino, '0.913576900975'],
    ['volatility, P = 252', report.volatility, '0.067036267627'],
    ['maximum drawdown', report.maxDrawdown, '0.064940941198'],
    ['CAGR by the calendar', report.cagr, '0.041823086984'],
    ['CAGR by count/252', compoundAnnualReturn(growth, 520 / 252), '0.040369106444'],
    ['Calmar', report.calmar, '0.644017260'],
    ['MAR', report.mar, '0.644017260'],
    [
      'Calmar by count/252',
      (compoundAnnualReturn(growth, 520 / 252) ?? 0) / report.maxDrawdown,
      '0.621627985',
    ],
    ['ulcer index (n, start included)', report.ulcerIndex, '0.026098353588'],
    // That variant leaves the start out of 521 points and divides by one less.
    ['ulcer index (n − 1)', (report.ulcerIndex ?? 0) * Math.sqrt(521 / 519), '0.026148591081'],
    ['skewness', report.skew, '0.069684459'],
    ['excess kurtosis', report.excessKurtosis, '0.031362834'],
    ['value at risk', report.valueAtRisk95, '-0.006602841'],
    ['conditional value at risk', report.conditionalValueAtRisk95, '-0.008082504'],
    ['omega', report.omega, '1.102406188'],
    ['tail ratio', report.tailRatio, '1.033463488'],
  ])('%s', (_name, found, printed) => {
    expectFigure(found, printed);
  });

  it('was longest under water for 232 days, from a peak on 23 December 2024', () => {
    expect(report.longestDrawdownMs).toBe(232 * DAY_MS);
    expect(report.longestDrawdownDays).toBe(166);
    expect(report.longestDrawdownIsOpen).toBe(false);
  });

  // Not part of the published table: computed with NumPy 2.4.6 and SciPy 1.17.1 from the formulas of the same reference.
  it.each([
    ['arithmetic annual return', report.arithmeticAnnualReturn, '0.04182051750498554'],
    ['stability', report.stability, '0.6519423431563134'],
    ['K-ratio', report.kRatio, '0.95091304459831'],
    ['Sharpe standard error', report.sharpeStandardError, '0.6961323643064935'],
    ['Sharpe interval, low', report.sharpeLow95, '-0.7405452285162922'],
    ['Sharpe interval, high', report.sharpeHigh95, '1.9882434965105946'],
    ['probabilistic Sharpe', report.probabilisticSharpe, '0.8149175520423666'],
    ['deflated Sharpe, 20 trials', report.deflatedSharpe, '0.3195251853170654'],
    ['gain to pain', report.gainToPain, '0.10240618799684072'],
    ['value at risk, normal', report.valueAtRisk95Normal, '-0.0067800780894418326'],
    ['pain index', report.painIndex, '0.019869482302105525'],
    ['Martin', report.martin, '1.60251821418106'],
    ['average drawdown', report.averageDrawdown, '0.016459574848515627'],
    ['recovery factor', report.recoveryFactor, '1.2198901839347398'],
    [
      'Sharpe over a risk-free 2 %',
      measurePerformance({ ...INPUT, conventions: { riskFreeRate: 0.02 } }).sharpe,
      '0.3255031683247846',
    ],
    [
      'Sortino over an acceptable 2 %',
      measurePerformance({ ...INPUT, conventions: { minimumAcceptableReturn: 0.02 } }).sortino,
      '0.4693858818349802',
    ],
  ])('%s', (_name, found, printed) => {
    expectFigure(found, printed);
  });

  it('lost most in money and recovered from it by its low of 28 March 2025', () => {
    expect(report.maxDrawdownMoney).toBe(6_975_300);
    expect(report.recoveryMs).toBe(137 * DAY_MS);
  });
});
