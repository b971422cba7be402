/** `backtest-candles`: minute candles through the whole engine, against a bare loop that makes the same trades. */

import { Type } from 'typebox';
import { Backtest } from '../src/core/backtest/run-backtest.ts';
import { NO_INTENTS } from '../src/core/strategies/strategy.ts';
import { BACKTEST_WARM_UPS, compareRates } from './benchmark.ts';
import { inBatches, START, walkCandles } from './prices.ts';
import type { BacktestSpec } from '../src/core/backtest/backtest-spec.ts';
import type { CandleColumns } from '../src/prices/series/price-columns.ts';
import type { Intent, Strategy, StrategyType } from '../src/core/strategies/strategy.ts';
import type { Benchmark } from './benchmark.ts';

const CANDLES = 500_000;
const PASSES = 20;
const MILLION = 1_000_000;
const FAST = 50;
const SLOW = 200;
const UNITS = 10_000;
/** EUR_USD: one unit moving by ten points is worth one ten-thousandth of a dollar. */
const POINTS_A_TEN_THOUSANDTH = 10;

/** The closes that are kept: a power of two above `SLOW`, so that a place is found by a mask. */
const KEPT = 256;

/** Always in the market: long while the mean of 50 closes is above that of 200, short otherwise. */
class StopAndReverse implements Strategy {
  readonly granularities = ['M1'] as const;
  readonly #closes = new Int32Array(KEPT);
  #seen = 0;
  /** Sums of the last closes: whole numbers, so that both sides of the comparison round nowhere. */
  #fast = 0;
  #slow = 0;

  onCandle(...[{ bidClose }, { positions }]: Parameters<Strategy['onCandle']>): readonly Intent[] {
    const place = this.#seen & (KEPT - 1);
    this.#closes[place] = bidClose;
    this.#fast += bidClose - (this.#closes[(place - FAST) & (KEPT - 1)] ?? 0);
    this.#slow += bidClose - (this.#closes[(place - SLOW) & (KEPT - 1)] ?? 0);
    this.#seen += 1;
    if (this.#seen < SLOW) return NO_INTENTS;
    const side = this.#fast * (SLOW / FAST) > this.#slow ? 'long' : 'short';
    const position = positions[0];
    if (position?.side === side) return NO_INTENTS;
    const entry: Intent = { type: 'open', side, size: { units: UNITS }, orderType: 'market' };
    return position ? [{ type: 'close', brokerPositionId: position.brokerPositionId }, entry] : [entry];
  }

  save() {
    return null;
  }

  restore(): void {
    // A backtest neither saves nor restores.
  }
}

const TYPE: StrategyType = {
  name: 'stop_and_reverse',
  title: 'Stop and reverse',
  description: 'For the benchmark.',
  parametersVersion: 1,
  stateVersion: 1,
  parametersSchema: Type.Object({}),
  checkParameters: () => [],
  warmUpCandles: () => SLOW,
  create: () => new StopAndReverse(),
};

const SPEC: BacktestSpec = {
  strategyType: TYPE.name,
  parameters: {},
  instrument: 'EUR_USD',
  currency: 'USD',
  initialBalance: 100_000_0000,
  from: START,
  until: Infinity,
  costs: { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0, financing: false },
  limits: {},
  hedging: false,
  seed: 0,
};

interface Outcome {
  readonly trades: number;
  /** Ten-thousandths of a dollar, of completed trades. */
  readonly result: number;
}

function runEngine(batches: readonly CandleColumns[]): Outcome {
  const backtest = new Backtest(SPEC, TYPE);
  for (const batch of batches) backtest.feedCandles(batch, 'M1');
  const { trades, balance } = backtest.finish();
  return { trades: trades.length, result: balance - SPEC.initialBalance };
}

/** The same rule without an engine: nothing closes the last candle, so there is no decision on it. */
function runBare({ bidClose }: CandleColumns): Outcome {
  let [fast, slow, direction, entry, trades, points] = [0, 0, 0, 0, 0, 0];
  for (let row = 0; row < bidClose.length - 1; row += 1) {
    const close = bidClose[row] ?? 0;
    fast += close - (row >= FAST ? (bidClose[row - FAST] ?? 0) : 0);
    slow += close - (row >= SLOW ? (bidClose[row - SLOW] ?? 0) : 0);
    if (row < SLOW - 1) continue;
    const wanted = fast * (SLOW / FAST) > slow ? 1 : -1;
    if (wanted === direction) continue;
    if (direction !== 0) {
      trades += 1;
      points += direction * (close - entry);
    }
    direction = wanted;
    entry = close;
  }
  return { trades, result: (points * UNITS) / POINTS_A_TEN_THOUSANDTH };
}

export const BACKTEST_CANDLES: Benchmark = {
  name: 'backtest-candles',
  unit: 'M candles/s',
  baseline: 'a bare loop with the same trades',
  target: { atLeast: 0.05 },
  measure: async () => {
    const candles = walkCandles(CANDLES, 0);
    const batches = inBatches(candles);
    let [engine, bare]: [Outcome, Outcome] = [runEngine(batches), runBare(candles)];
    const measurement = await compareRates(
      () => {
        engine = runEngine(batches);
        return CANDLES / MILLION;
      },
      () => {
        // As long as the run takes, so that both are disturbed alike by whatever else the machine does.
        for (let pass = 0; pass < PASSES; pass += 1) bare = runBare(candles);
        return (PASSES * CANDLES) / MILLION;
      },
      { warmUps: BACKTEST_WARM_UPS },
    );
    if (engine.trades !== bare.trades || engine.result !== bare.result) {
      throw new Error(`The engine made ${JSON.stringify(engine)}, the bare loop ${JSON.stringify(bare)}.`);
    }
    return {
      ...measurement,
      notes: [`${engine.trades} trades and ${engine.result / 10_000} dollars on both sides`],
    };
  },
};
