/** A limit on losses is reached at the same price whether a run looks at many prices together or at each. */

import * as fc from 'fast-check';
import { Type } from 'typebox';
import { expect, it } from 'vitest';
import { createPrng } from '../shared/prng.ts';
import { MergedPrices } from './merged-prices.ts';
import { Backtest } from './run-backtest.ts';
import { candleBatch, withSpread } from './testing/candle-batch.ts';
import { stepped } from './testing/stepped.ts';
import type { Intent, Strategy, StrategyType } from '../strategies/strategy.ts';
import type { BacktestResult } from './backtest-result.ts';
import type { PriceBatch } from './merged-prices.ts';
import type { PriceTaker } from './price-cursor.ts';

const MINUTE = 60_000;
const FIRST_PRICE = 120_000;
const MONDAY = Date.UTC(2024, 0, 8);
const FRIDAY_EVENING = Date.UTC(2024, 0, 12, 20);

const anyRun = fc.record({
  seed: fc.nat(),
  /** The traded instrument is quoted in USD. Results in EUR are converted at prices that come in between. */
  currency: fc.constantFrom('USD', 'EUR', 'EUR'),
  hedging: fc.boolean(),
  isCandles: fc.boolean(),
  /** The longest time between two quotes; where one of both comes often, many of its quotes come in a row. */
  gapMs: fc.constantFrom(MINUTE, 10 * MINUTE),
  otherGapMs: fc.constantFrom(MINUTE, 10 * MINUTE),
  widestSpread: fc.constantFrom(0, 12, 60),
  limits: fc.constantFrom(
    { maxDailyLoss: 15_0000 },
    { maxDailyLoss: 60_0000 },
    { maxDailyLoss: 40_0000, maxWeeklyLoss: 150_0000 },
  ),
});
type Drawn = typeof anyRun extends fc.Arbitrary<infer T> ? T : never;

interface Shape {
  readonly seed: number;
  readonly gapMs: number;
  readonly widestSpread: number;
  readonly move: number;
  /** Whether each price moves from the one before, and not from the first. */
  readonly walks: boolean;
}

function drawQuotes({ seed, gapMs, widestSpread, move, walks }: Shape): PriceBatch {
  const random = createPrng(seed);
  const rows: (readonly [at: number, bid: number, ask: number])[] = [];
  let bid = FIRST_PRICE;
  for (let at = MONDAY; at < FRIDAY_EVENING; at += Math.ceil(random() * gapMs)) {
    const moved = Math.floor(random() * (2 * move + 1)) - move;
    bid = walks ? bid + moved : FIRST_PRICE + moved;
    rows.push([at, bid, bid + Math.floor(random() * (widestSpread + 1))]);
  }
  return {
    kind: 'quotes',
    times: Float64Array.from(rows, ([at]) => at),
    bid: Int32Array.from(rows, (row) => row[1]),
    ask: Int32Array.from(rows, (row) => row[2]),
  };
}

function drawCandles({ seed, widestSpread }: Drawn): PriceBatch {
  const random = createPrng(seed);
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const rows = [];
  let close = FIRST_PRICE;
  for (let at = MONDAY; at < FRIDAY_EVENING; at += 5 * MINUTE) {
    const open = close;
    close += upTo(60) - 30;
    const bid = [open, Math.max(open, close) + upTo(20), Math.min(open, close) - upTo(20), close] as const;
    rows.push({ at, bid, ask: withSpread(bid, upTo(widestSpread)) });
  }
  return { kind: 'candles', ...candleBatch(rows) };
}

/** Every few hours closes what it holds and opens up to three lots of either side; any other price in a candle would change what it does. */
function turning({ seed }: Drawn): Strategy {
  return {
    granularities: ['H1'],
    onCandle: ({ bidHigh, bidLow, askHigh, askLow, quotes }, { positions }): readonly Intent[] => {
      const random = createPrng(seed + bidHigh + 3 * bidLow + 5 * askHigh + 7 * askLow + quotes);
      if (random() < 0.6) return [];
      const closing = positions.map(({ brokerPositionId }) => ({ type: 'close', brokerPositionId }) as const);
      const opening = Array.from({ length: 1 + Math.floor(random() * 3) }, (): Intent => {
        const side = random() < 0.5 ? 'long' : 'short';
        return {
          type: 'open',
          side,
          size: { units: 1 + Math.floor(random() * 30_000) },
          orderType: 'market',
        };
      });
      return [...closing, ...opening];
    },
    save: () => null,
    restore: () => undefined,
  };
}

function run(drawn: Drawn, takerOf: (backtest: Backtest) => PriceTaker): BacktestResult {
  const type: StrategyType = {
    name: 'turning',
    title: 'Turning',
    description: 'Turns every few hours.',
    parametersVersion: 1,
    stateVersion: 1,
    parametersSchema: Type.Object({}),
    checkParameters: () => [],
    warmUpCandles: () => 0,
    create: () => turning(drawn),
  };
  const { seed, currency, hedging, isCandles, limits, gapMs, otherGapMs, widestSpread } = drawn;
  const spec = {
    strategyType: 'turning',
    parameters: {},
    instrument: 'GBP_USD',
    currency,
    initialBalance: 100_000_0000,
    from: MONDAY,
    until: FRIDAY_EVENING,
    costs: { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0.005 },
    limits,
    hedging,
    seed: 0,
  };
  const sources = [
    { instrument: 'GBP_USD', granularity: isCandles ? ('M5' as const) : undefined },
    { instrument: 'EUR_USD', granularity: undefined },
  ];
  const batches = [
    isCandles ? drawCandles(drawn) : drawQuotes({ seed, gapMs, widestSpread, move: 15, walks: true }),
    // The rate leaps, so that it alone may decide when a limit is reached; not by a twentieth, which the margin would be looked at for.
    drawQuotes({ seed: seed + 2, gapMs: otherGapMs, widestSpread, move: 2_900, walks: false }),
  ];
  const backtest = new Backtest(spec, type);
  const prices = new MergedPrices(takerOf(backtest), sources, spec);
  const given = new Set<number>();
  while (prices.wanted !== undefined) {
    const { wanted } = prices;
    prices.give(wanted, given.has(wanted) ? undefined : batches[wanted]);
    given.add(wanted);
  }
  return backtest.finish();
}

it('reaches a limit on losses at the same price, whether prices are looked at together or each', () => {
  let halts = 0;
  fc.assert(
    fc.property(anyRun, (drawn) => {
      const together = run(drawn, (backtest) => backtest);
      const each = run(drawn, (backtest) => stepped(backtest, FRIDAY_EVENING));

      expect(together.halts).toEqual(each.halts);
      expect(JSON.stringify(together)).toBe(JSON.stringify(each));
      halts += each.halts.length;
    }),
    { numRuns: 20 },
  );
  // Else nothing was compared.
  expect(halts).toBeGreaterThan(10);
});
