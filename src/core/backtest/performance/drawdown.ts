/** How deep and how long the run was below its peak. */

import { bookMoney } from '../../domain/money.ts';
import type { DailySeries } from './daily-series.ts';
import { DrawdownTracker } from './drawdown-tracker.ts';
import type { DrawdownSummary } from './drawdown-tracker.ts';
import { largest, mean } from './statistics.ts';

/** Shares are of the peak, money is ten-thousandths, durations are milliseconds of calendar time. */
export interface DrawdownMetrics {
  /** On equity, open profit included, at every change that was tracked. */
  readonly maxDrawdown: number;
  readonly maxDrawdownMoney: number;
  /** On the balance: closed results only. Null when it was not tracked. */
  readonly maxBalanceDrawdown: number | null;
  readonly maxBalanceDrawdownMoney: number | null;
  /** The longest time from a peak of equity to the next equal or higher equity, or to the end when open. */
  readonly longestDrawdownMs: number;
  readonly longestDrawdownIsOpen: boolean;
  /** The longest such stretch of the daily curve, in its points. */
  readonly longestDrawdownDays: number;
  /** From the low of the deepest drawdown to a new peak; null when it has not recovered, or there was none. */
  readonly recoveryMs: number | null;
  /** The mean depth of the separate drawdowns of the daily curve; null when there was none. */
  readonly averageDrawdown: number | null;
  /** Root mean square depth of the daily curve, start included, divided by n (Martin & McCann 1989). */
  readonly ulcerIndex: number | null;
  /** Mean depth of the daily curve, start included. */
  readonly painIndex: number | null;
}

/** Returns the drawdowns of a run: the deepest and longest as tracked, the averages from the daily curve. */
export function measureDrawdown(
  series: DailySeries,
  equity: DrawdownSummary,
  balance: DrawdownSummary | undefined,
): DrawdownMetrics {
  const drawdowns = separateDrawdowns(series.depths);
  const meanSquare = mean(series.depths.map((depth) => depth * depth));
  return {
    maxDrawdown: equity.maximumFraction,
    maxDrawdownMoney: bookMoney(equity.maximumMoney),
    maxBalanceDrawdown: balance?.maximumFraction ?? null,
    maxBalanceDrawdownMoney: balance === undefined ? null : bookMoney(balance.maximumMoney),
    longestDrawdownMs: equity.longestMs,
    longestDrawdownIsOpen: equity.longestIsOpen,
    longestDrawdownDays: largest(drawdowns.map((drawdown) => drawdown.days)) ?? 0,
    recoveryMs: equity.recoveryMs,
    averageDrawdown: mean(drawdowns.map((drawdown) => drawdown.depth)),
    ulcerIndex: meanSquare === null ? null : Math.sqrt(meanSquare),
    painIndex: mean(series.depths),
  };
}

/** Returns the drawdowns of a curve of values, the first of which is positive, up to `endsAt`. */
export function summarizeDrawdown(
  times: readonly number[],
  values: readonly number[],
  endsAt: number,
): DrawdownSummary {
  const tracker = new DrawdownTracker(times[0] ?? 0, values[0] ?? 0);
  values.forEach((value, index) => tracker.update(times[index] ?? endsAt, value));
  return tracker.summary(endsAt);
}

/** Cuts a curve of depths at its peaks. Days run from the peak to the point that reaches it again, or to the last. */
function separateDrawdowns(depths: readonly number[]): { depth: number; days: number }[] {
  const drawdowns: { depth: number; days: number }[] = [];
  let current: { depth: number; days: number } | undefined;
  for (const depth of depths) {
    if (depth > 0 && current === undefined) drawdowns.push((current = { depth, days: 0 }));
    if (current === undefined) continue;
    current.days += 1;
    current.depth = Math.max(current.depth, depth);
    if (depth === 0) current = undefined;
  }
  return drawdowns;
}
