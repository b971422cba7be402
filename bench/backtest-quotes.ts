/** `backtest-quotes`: quotes through the whole engine, with stop and target attached to every entry. */

import { Type } from 'typebox';
import { Backtest } from '../src/core/backtest/run-backtest.ts';
import { Ema } from '../src/core/indicators/ema.ts';
import { compareRates } from './benchmark.ts';
import { inBatches, START, walkQuotes } from './prices.ts';
import type { BacktestSpec } from '../src/core/backtest/backtest-spec.ts';
import type { QuoteColumns } from '../src/prices/series/price-columns.ts';
import type { Intent, Strategy, StrategyType } from '../src/core/strategies/strategy.ts';
import type { Benchmark } from './benchmark.ts';

const QUOTES = 2_000_000;
const PASSES = 50;
const MILLION = 1_000_000;
const STOP_POINTS = 200;
const TARGET_POINTS = 400;

/** Follows the crossing of EMA 12 and 26 on minute candles; one position at a time, ended by its stop or target. */
class EmaCrossWithTarget implements Strategy {
  readonly granularities = ['M1'] as const;
  readonly #fast = new Ema(12);
  readonly #slow = new Ema(26);
  #wasAbove: boolean | undefined;

  onCandle(
    ...[{ bidClose, askClose }, { positions, hasOpenOrder, quote }]: Parameters<Strategy['onCandle']>
  ): readonly Intent[] {
    const middle = (bidClose + askClose) / 2;
    const [fast, slow] = [this.#fast.update(middle), this.#slow.update(middle)];
    if (fast === undefined || slow === undefined || !quote) return [];
    const [isAbove, wasAbove] = [fast > slow, this.#wasAbove];
    this.#wasAbove = isAbove;
    if (wasAbove === undefined || isAbove === wasAbove || positions.length > 0 || hasOpenOrder) return [];
    const [side, price, direction] = isAbove
      ? (['long', quote.ask, 1] as const)
      : (['short', quote.bid, -1] as const);
    const stopLoss = price - direction * STOP_POINTS;
    const takeProfit = price + direction * TARGET_POINTS;
    return [{ type: 'open', side, size: { units: 10_000 }, orderType: 'market', stopLoss, takeProfit }];
  }

  save() {
    return null;
  }

  restore(): void {
    // A backtest neither saves nor restores.
  }
}

const TYPE: StrategyType = {
  name: 'ema_cross_with_target',
  title: 'EMA cross with stop and target',
  description: 'For the benchmark.',
  parametersVersion: 1,
  stateVersion: 1,
  parametersSchema: Type.Object({}),
  checkParameters: () => [],
  warmUpCandles: () => 27,
  create: () => new EmaCrossWithTarget(),
};

const SPEC: BacktestSpec = {
  strategyType: TYPE.name,
  parameters: {},
  instrument: 'EUR_USD',
  currency: 'USD',
  initialBalance: 10_000_0000,
  from: START,
  until: Infinity,
  costs: { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0.005 },
  limits: { maxOrderUnits: 100_000, maxPositionUnits: 100_000 },
  hedging: false,
  seed: 0,
};

function sumColumns({ times, bid, ask }: QuoteColumns): number {
  let sum = 0;
  for (let row = 0; row < times.length; row += 1)
    sum += (times[row] ?? 0) + (bid[row] ?? 0) + (ask[row] ?? 0);
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
        for (let pass = 0; pass < PASSES; pass += 1) sum += sumColumns(quotes);
        return (PASSES * QUOTES) / MILLION;
      },
    );
    return { ...measurement, notes: [`${trades} trades; the sum was ${sum > 0 ? 'used' : 'not used'}`] };
  },
};
