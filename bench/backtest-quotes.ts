/** `backtest-quotes`: quotes through the whole engine, with stop and target attached to every entry. */

import { Backtest } from '../src/core/backtest/run-backtest.ts';
import { BACKTEST_WARM_UPS, compareRates } from './benchmark.ts';
import { SPEC, TYPE } from './ema-cross-run.ts';
import { inBatches, walkQuotes } from './prices.ts';
import type { QuoteColumns } from '../src/prices/series/price-columns.ts';
import type { Benchmark } from './benchmark.ts';

const QUOTES = 2_000_000;
const PASSES = 50;
const MILLION = 1_000_000;

/** All passes in one call: in a short one that is made often, the loop would run as code that is hardly optimized. */
function sumColumns({ times, bid, ask }: QuoteColumns, passes: number): number {
  let sum = 0;
  for (let pass = 0; pass < passes; pass += 1) {
    for (let row = 0; row < times.length; row += 1)
      sum += (times[row] ?? 0) + (bid[row] ?? 0) + (ask[row] ?? 0);
  }
  return sum;
}

export const BACKTEST_QUOTES: Benchmark = {
  name: 'backtest-quotes',
  unit: 'M quotes/s',
  baseline: 'summing the three columns',
  target: { atLeast: 0.05 },
  measure: async () => {
    const quotes = walkQuotes(QUOTES);
    const batches = inBatches(quotes);
    let trades = 0;
    let sum = 0;
    const measurement = await compareRates(
      () => {
        const backtest = new Backtest(SPEC, TYPE);
        for (const batch of batches) backtest.feedQuotes(batch);
        trades = backtest.finish().trades.length;
        return QUOTES / MILLION;
      },
      () => {
        // As long as the run takes, so that both are disturbed alike by whatever else the machine does.
        sum += sumColumns(quotes, PASSES);
        return (PASSES * QUOTES) / MILLION;
      },
      { warmUps: BACKTEST_WARM_UPS },
    );
    return { ...measurement, notes: [`${trades} trades; the sum was ${sum > 0 ? 'used' : 'not used'}`] };
  },
};
