/** Runs a backtest on stored prices, chunk by chunk. */

import { inFeedOrder } from '../core/backtest/backtest-instruments.ts';
import { tradedInstruments } from '../core/backtest/backtest-spec.ts';
import { MergedPrices } from '../core/backtest/merged-prices.ts';
import { Backtest } from '../core/backtest/run-backtest.ts';
import { historyOf } from '../prices/series/warm-up-history.ts';
import type { BacktestResult } from '../core/backtest/backtest-result.ts';
import type { BacktestSpec } from '../core/backtest/backtest-spec.ts';
import type { PriceSource } from '../core/backtest/price-cursor.ts';
import type { PriceReader } from '../prices/series/price-reader.ts';
import type { StrategyType } from '../core/strategies/strategy.ts';

/** A stored price series that is fed. */
export interface FedSeries extends PriceSource {
  readonly id: string;
}

/** What runs on which prices; the series of each instrument that is needed, in any order. */
export interface StoredRun {
  readonly spec: BacktestSpec;
  readonly type: StrategyType;
  readonly series: readonly FedSeries[];
}

/** How far a run has come: its part of the time range, from 0 to 1, and the quotes that went through. */
export interface RunProgress {
  readonly progress: number;
  readonly quotes: number;
}

/** Runs it, to the end or until the strategy throws, and returns the report; `onProgress` is called and awaited after each chunk. */
export async function runStoredBacktest(
  prices: PriceReader,
  run: StoredRun,
  onProgress: (progress: RunProgress) => void | Promise<void>,
): Promise<BacktestResult> {
  const { spec, type } = run;
  const { from, until } = spec;
  const backtest = new Backtest(spec, type);
  await warmUp(prices, run, backtest);
  const sources = inFeedOrder(run.series, tradedInstruments(spec, type), spec.currency);
  const merged = new MergedPrices(backtest, sources, spec);
  const readers = sources.map(({ id }) => prices.columns(id, { from, until }));
  try {
    for (let wanted = merged.wanted; wanted !== undefined; wanted = merged.wanted) {
      merged.give(wanted, (await readers[wanted]?.next())?.value ?? undefined);
      const progress = (backtest.at - from) / (until - from);
      await onProgress({ progress: Math.min(1, Math.max(0, progress)), quotes: backtest.quotes });
      if (backtest.hasFailed) break;
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.return(undefined)));
  }
  return backtest.finish();
}

async function warmUp(
  prices: PriceReader,
  { spec, type, series }: StoredRun,
  backtest: Backtest,
): Promise<void> {
  const { instrument, from: until, parameters } = spec;
  const [granularity] = backtest.granularities;
  const own = series.find((one) => one.instrument === instrument);
  if (granularity === undefined || own === undefined) return;
  const count = type.warmUpCandles(parameters);
  backtest.learn(await historyOf(prices, own, { instrument, granularity, count, until }));
}
