/** `backtest-skip`: a candle strategy with fills at exact quotes that takes quiet quotes by the row, against the same run that touches each. */

import { Backtest } from '../src/core/backtest/run-backtest.ts';
import { BACKTEST_WARM_UPS, compareRates } from './benchmark.ts';
import { SPEC, TYPE } from './ema-cross-run.ts';
import { inBatches, walkQuotes } from './prices.ts';
import type { BacktestResult } from '../src/core/backtest/backtest-result.ts';
import type { QuoteColumns } from '../src/prices/series/price-columns.ts';
import type { Benchmark } from './benchmark.ts';

const QUOTES = 500_000;
const MILLION = 1_000_000;

function runByRows(batches: readonly QuoteColumns[]): BacktestResult {
  const backtest = new Backtest(SPEC, TYPE);
  for (const batch of batches) backtest.feedQuotes(batch);
  return backtest.finish();
}

function runByQuotes(batches: readonly QuoteColumns[]): BacktestResult {
  const backtest = new Backtest(SPEC, TYPE);
  const { instrument } = SPEC;
  for (const { times, bid, ask } of batches) {
    for (let row = 0; row < times.length; row += 1)
      backtest.passQuote({ instrument, at: times[row] ?? 0, bid: bid[row] ?? 0, ask: ask[row] ?? 0 }, 'jump');
  }
  return backtest.finish();
}

export const BACKTEST_SKIP: Benchmark = {
  name: 'backtest-skip',
  unit: 'M quotes/s',
  baseline: 'the same run, each quote by itself',
  target: { atLeast: 5 },
  measure: async () => {
    const batches = inBatches(walkQuotes(QUOTES));
    let [byRows, byQuotes] = [runByRows(batches), runByQuotes(batches)];
    const measurement = await compareRates(
      () => {
        byRows = runByRows(batches);
        return QUOTES / MILLION;
      },
      () => {
        byQuotes = runByQuotes(batches);
        return QUOTES / MILLION;
      },
      { warmUps: BACKTEST_WARM_UPS },
    );
    if (JSON.stringify(byRows) !== JSON.stringify(byQuotes))
      throw new Error('The two runs did not come to the same report.');
    return { ...measurement, notes: [`${byRows.trades.length} trades, and the same report on both sides`] };
  },
};
