/** How the daily returns are spread, above all in their bad tail. */

import { MINIMUM_TAIL_RETURNS } from './conventions.ts';
import { normalQuantile } from './normal-distribution.ts';
import { excessKurtosis, mean, percentile, ratio, sampleDeviation, skewness, sum } from './statistics.ts';

/** Figures of daily returns; losses are negative. Those of the tails are null below 20 returns. */
export interface DistributionMetrics {
  /** Bias-corrected sample skewness. */
  readonly skew: number | null;
  /** Bias-corrected excess kurtosis: 0 for normal. */
  readonly excessKurtosis: number | null;
  /** The 5th percentile, linear between neighbours. */
  readonly valueAtRisk95: number | null;
  /** The 5th percentile if the returns were normal: m + z·s. */
  readonly valueAtRisk95Normal: number | null;
  /** The mean of the returns at or below the value at risk (Rockafellar & Uryasev 2000). */
  readonly conditionalValueAtRisk95: number | null;
  /** Gains over losses around zero (Keating & Shadwick 2002). */
  readonly omega: number | null;
  /** The 95th over the 5th percentile, sizes only. */
  readonly tailRatio: number | null;
  /** The sum of returns over the sum of losses (Schwager). */
  readonly gainToPain: number | null;
}

/** Returns the distribution of daily returns. */
export function measureDistribution(returns: readonly number[]): DistributionMetrics {
  const gains = sum(returns.map((value) => Math.max(value, 0)));
  const losses = sum(returns.map((value) => Math.max(-value, 0)));
  return {
    skew: skewness(returns),
    excessKurtosis: excessKurtosis(returns),
    ...measureTails(returns),
    omega: ratio(gains, losses),
    gainToPain: ratio(sum(returns), losses),
  };
}

function measureTails(returns: readonly number[]) {
  const enough = returns.length < MINIMUM_TAIL_RETURNS ? [] : returns;
  const low = percentile(enough, 0.05);
  const high = percentile(enough, 0.95);
  const centre = mean(enough);
  const deviation = sampleDeviation(enough);
  return {
    valueAtRisk95: low,
    valueAtRisk95Normal:
      centre === null || deviation === null ? null : centre + normalQuantile(0.05) * deviation,
    conditionalValueAtRisk95: low === null ? null : mean(enough.filter((value) => value <= low)),
    tailRatio: low === null || high === null ? null : ratio(Math.abs(high), Math.abs(low)),
  };
}
