import { describe, expect, it } from 'vitest';
import {
  excessKurtosis,
  largest,
  mean,
  median,
  percentile,
  ratio,
  sampleDeviation,
  skewness,
} from './statistics.ts';

// The expected figures are NumPy's and SciPy's (ddof = 1, bias = False, linear percentiles).
const SAMPLE = [3, 1, 4, 1, 5, 9, 2, 6];

describe('ratio', () => {
  it.each([
    ['a zero denominator', 1, 0],
    ['a tiny denominator', 1, 1e-14],
    ['a missing numerator', null, 2],
    ['a missing denominator', 2, null],
    ['a result beyond a double', 1e300, 1e-12],
  ])('is null for %s', (_name, numerator, denominator) => {
    expect(ratio(numerator, denominator)).toBeNull();
  });

  it('divides', () => {
    expect(ratio(-3, 4)).toBe(-0.75);
  });
});

describe('Sample statistics', () => {
  it.each([
    ['mean', mean],
    ['median', median],
    ['largest', largest],
    ['sampleDeviation', sampleDeviation],
    ['skewness', skewness],
    ['excessKurtosis', excessKurtosis],
  ])('%s of nothing is null', (_name, statistic) => {
    expect(statistic([])).toBeNull();
  });

  it.each([
    ['sampleDeviation', sampleDeviation, [7]],
    ['skewness', skewness, [1, 2]],
    ['excessKurtosis', excessKurtosis, [1, 2, 4]],
    ['skewness', skewness, [2, 2, 2, 2]],
    ['excessKurtosis', excessKurtosis, [2, 2, 2, 2]],
  ])('%s is null where %s is too few or all the same: %j', (_name, statistic, values) => {
    expect(statistic(values)).toBeNull();
  });

  it('agree with an independent library', () => {
    expect(mean(SAMPLE)).toBe(3.875);
    expect(median(SAMPLE)).toBe(3.5);
    expect(largest(SAMPLE)).toBe(9);
    expect(sampleDeviation(SAMPLE)).toBeCloseTo(2.748376143938713, 12);
    expect(skewness(SAMPLE)).toBeCloseTo(0.8335031385336658, 12);
    expect(excessKurtosis(SAMPLE)).toBeCloseTo(0.27660580453699524, 12);
    expect(percentile(SAMPLE, 0.05)).toBe(1);
    expect(percentile(SAMPLE, 0.95)).toBeCloseTo(7.95, 12);
  });
});
