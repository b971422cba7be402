/** How sure a Sharpe ratio is, given how few and how skewed the days were, and how many strategies were tried. */

import type { PerformanceConventions } from './conventions.ts';
import type { DailySeries } from './daily-series.ts';
import { normalProbability, normalQuantile } from './normal-distribution.ts';
import { dailySharpe } from './ratios.ts';
import { excessKurtosis, ratio, skewness } from './statistics.ts';

const EULER_MASCHERONI = 0.577_215_664_901_532_9;

/** The search a strategy was picked from. */
export interface Trials {
  /** How many variants were tried, this one included. */
  readonly count: number;
  /** The variance of their annual Sharpe ratios. */
  readonly sharpeVariance: number;
}

/** All null where the Sharpe ratio is null. */
export interface ConfidenceMetrics {
  /** Standard error of the annual Sharpe ratio, for skewed and fat-tailed returns (Mertens 2002). */
  readonly sharpeStandardError: number | null;
  /** The 95 % confidence interval of the annual Sharpe ratio. */
  readonly sharpeLow95: number | null;
  readonly sharpeHigh95: number | null;
  /** The probability that the true Sharpe ratio is above zero (Bailey & López de Prado 2012). */
  readonly probabilisticSharpe: number | null;
  /** The same against the best Sharpe ratio that luck alone would give among the trials (Bailey & López de Prado 2014); null without trials. */
  readonly deflatedSharpe: number | null;
}

/** Returns how sure the Sharpe ratio of a run is. */
export function measureConfidence(
  series: DailySeries,
  conventions: PerformanceConventions,
  trials: Trials | undefined,
): ConfidenceMetrics {
  const sharpe = dailySharpe(series.returns, conventions);
  const error = standardError(series.returns, sharpe);
  if (sharpe === null || error === null) return NOTHING_TO_SAY;
  const year = Math.sqrt(conventions.periodsPerYear);
  const reach = normalQuantile(0.975) * error;
  const above = (level: number): number => normalProbability((sharpe - level) / error);
  return {
    sharpeStandardError: error * year,
    sharpeLow95: (sharpe - reach) * year,
    sharpeHigh95: (sharpe + reach) * year,
    probabilisticSharpe: above(0),
    deflatedSharpe: trials === undefined ? null : above(bestByLuck(trials) / year),
  };
}

const NOTHING_TO_SAY: ConfidenceMetrics = {
  sharpeStandardError: null,
  sharpeLow95: null,
  sharpeHigh95: null,
  probabilisticSharpe: null,
  deflatedSharpe: null,
};

/** √((1 + SR²/2 − g3·SR + (g4 − 3)/4·SR²)/(n − 1)), SR of one day, g3 skewness, g4 raw kurtosis (3 for normal). */
function standardError(returns: readonly number[], sharpe: number | null): number | null {
  const skew = skewness(returns);
  const excess = excessKurtosis(returns);
  if (sharpe === null || skew === null || excess === null) return null;
  const variance = 1 + sharpe ** 2 / 2 - skew * sharpe + (excess / 4) * sharpe ** 2;
  return variance <= 0 ? null : ratio(Math.sqrt(variance), Math.sqrt(returns.length - 1));
}

/** The highest annual Sharpe ratio to expect among trials without any skill: √V·((1 − γ)·z(1 − 1/T) + γ·z(1 − 1/(T·e))). */
function bestByLuck({ count, sharpeVariance }: Trials): number {
  if (count < 2) return 0;
  const usual = normalQuantile(1 - 1 / count);
  const extreme = normalQuantile(1 - 1 / (count * Math.E));
  return Math.sqrt(sharpeVariance) * ((1 - EULER_MASCHERONI) * usual + EULER_MASCHERONI * extreme);
}
