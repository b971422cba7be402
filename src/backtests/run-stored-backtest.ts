/** Runs a backtest on stored prices, chunk by chunk. */

import { Backtest } from '../core/backtest/run-backtest.ts';
import { decodeColumns } from '../prices/series/price-codec.ts';
import { historyOf } from '../prices/series/warm-up-history.ts';
import { present } from '../core/shared/assert.ts';
import type { BacktestResult } from '../core/backtest/backtest-result.ts';
import type { BacktestSpec } from '../core/backtest/backtest-spec.ts';
import type { Granularity } from '../core/domain/candle.ts';
import type { PriceSeriesStore } from '../prices/series/price-series-store.ts';
import type { StrategyType } from '../core/strategies/strategy.ts';

/** What runs on which prices. */
export interface StoredRun {
  readonly spec: BacktestSpec;
  readonly type: StrategyType;
  readonly series: { readonly id: string; readonly granularity: Granularity | undefined };
}

/** How far a run has come: its part of the time range, from 0 to 1, and the quotes that went through. */
export interface RunProgress {
  readonly progress: number;
  readonly quotes: number;
}

/** Runs it, to the end or until the strategy throws, and returns the report; `onProgress` is called after each chunk. */
export async function runStoredBacktest(
  store: PriceSeriesStore,
  { spec, type, series }: StoredRun,
  onProgress: (progress: RunProgress) => void,
): Promise<BacktestResult> {
  const backtest = new Backtest(spec, type);
  const { from, until, instrument } = spec;
  const [granularity] = backtest.granularities;
  if (granularity !== undefined) {
    const count = type.warmUpCandles(spec.parameters);
    backtest.learn(await historyOf(store, series, { instrument, granularity, count, until: from }));
  }
  for await (const chunk of store.chunks(series.id, { from, until })) {
    const columns = decodeColumns(chunk.data);
    if (columns.kind === 'quotes') backtest.feedQuotes(columns);
    else backtest.feedCandles(columns, present(series.granularity, 'the granularity of a series of candles'));
    onProgress({ progress: Math.min(1, (chunk.endsAt - from) / (until - from)), quotes: backtest.quotes });
    if (backtest.hasFailed) break;
  }
  return backtest.finish();
}
