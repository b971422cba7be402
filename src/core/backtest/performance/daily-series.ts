/** Daily equity made comparable: deposits and withdrawals removed, turned into returns and depths below the peak. */

import { assert } from '../../shared/assert.ts';
import type { DailyEquityPoint } from './daily-equity.ts';

/** A run day by day. `equity` and `times` begin with the start, so they have one entry more than there are days. */
export interface DailySeries {
  /** Time-weighted: after a transfer it continues in proportion, so that only results move it. In ten-thousandths when nothing was transferred. */
  readonly equity: readonly number[];
  readonly times: readonly number[];
  /** E_i/E_{i-1} − 1. Ends with the day on which nothing was left. */
  readonly returns: readonly number[];
  /** D_i = 1 − E_i/max(E_0…E_i). */
  readonly depths: readonly number[];
  /** Deposits less withdrawals over the run, in ten-thousandths. */
  readonly netTransfer: number;
}

/** Returns the series of a run that began with `startEquity`, which must be positive, at `startsAt`. */
export function toDailySeries(
  startsAt: number,
  startEquity: number,
  daily: readonly DailyEquityPoint[],
): DailySeries {
  assert(startEquity > 0, `a positive start equity was wanted, was ${startEquity}`);
  const equity = withoutTransfers(startEquity, daily);
  return {
    equity,
    times: [startsAt, ...daily.map((point) => point.endsAt)].slice(0, equity.length),
    returns: returnsOf(equity),
    depths: depthsOf(equity),
    netTransfer: daily.reduce((total, point) => total + (point.netTransfer ?? 0), 0),
  };
}

/** A transfer scales all that follows; without transfers the equity stays exactly as it was. Ends where all was lost or withdrawn. */
function withoutTransfers(startEquity: number, daily: readonly DailyEquityPoint[]): number[] {
  const series = [startEquity];
  let factor = 1;
  for (const { equity, netTransfer = 0 } of daily) {
    const beforeTransfer = equity - netTransfer;
    series.push(beforeTransfer * factor);
    if (netTransfer === 0) continue;
    if (beforeTransfer <= 0 || equity <= 0) break;
    factor *= beforeTransfer / equity;
  }
  return series;
}

function returnsOf(equity: readonly number[]): number[] {
  const returns: number[] = [];
  let before: number | undefined;
  for (const value of equity) {
    if (before !== undefined) {
      if (before <= 0) break;
      returns.push(value / before - 1);
    }
    before = value;
  }
  return returns;
}

/** Each value's depth below the highest so far, as a share of it; the first value is positive. */
function depthsOf(equity: readonly number[]): number[] {
  let peak = 0;
  return equity.map((value) => {
    peak = Math.max(peak, value);
    return 1 - value / peak;
  });
}
