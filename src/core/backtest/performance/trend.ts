/** The straight line through the cumulative log returns: how steadily the equity grew. */

import { mean, ratio } from './statistics.ts';

/** A least-squares line. */
export interface TrendFit {
  /** R²: the share of the variation that the line explains; null without variation. */
  readonly determination: number | null;
  /** The slope divided by its standard error; null when the points lie on the line. */
  readonly slopePerError: number | null;
}

/** Returns the line through ln(E_i/E_0) at i = 1…n, or undefined below three returns or when everything was lost. */
export function fitLogEquity(returns: readonly number[]): TrendFit | undefined {
  if (returns.length < 3 || returns.some((value) => value <= -1)) return undefined;
  let cumulative = 0;
  return fitLine(returns.map((value) => (cumulative += Math.log1p(value))));
}

/** Ordinary least squares of y on 1…n; the slope's standard error has n − 2 degrees of freedom. */
function fitLine(y: readonly number[]): TrendFit {
  const n = y.length;
  const xMean = (n + 1) / 2;
  const yMean = mean(y) ?? 0;
  const xx = (n * (n * n - 1)) / 12;
  const xy = sumOver(y, (value, x) => (x - xMean) * (value - yMean));
  const yy = sumOver(y, (value) => (value - yMean) ** 2);
  const slope = xy / xx;
  const residuals = sumOver(y, (value, x) => (value - yMean - slope * (x - xMean)) ** 2);
  const correlation = ratio(xy / Math.sqrt(xx), Math.sqrt(yy));
  return {
    determination: correlation === null ? null : correlation ** 2,
    slopePerError: ratio(slope, Math.sqrt(residuals / (n - 2) / xx)),
  };
}

function sumOver(y: readonly number[], term: (value: number, x: number) => number): number {
  return y.reduce((added, value, index) => added + term(value, index + 1), 0);
}
