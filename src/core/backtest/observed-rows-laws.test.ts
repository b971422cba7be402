/** What a run keeps of the equity at many quotes in a row is the same whether it looks at them together or at each. */

import * as fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { createPrng } from '../shared/prng.ts';
import { Backtest } from './run-backtest.ts';
import type { Granularity } from '../domain/candle.ts';
import type { QuoteRows } from '../domain/quote.ts';
import type { Intent, Strategy, StrategyType } from '../strategies/strategy.ts';
import type { BacktestResult } from './backtest-result.ts';

// A month of few quotes makes the stretches of the curve longer than an hour; then quotes come close together, over the end of a trading day.
const START = Date.UTC(2024, 0, 2);
const DENSE_FROM = Date.UTC(2024, 0, 31, 21, 30);
const SPARSE_GAP_MS = 20 * 60_000;
const SPARSE_ROWS = Math.floor((DENSE_FROM - START) / SPARSE_GAP_MS);
const DENSE_ROWS = 2_500;
const MOST_POSITIONS = 3;

const anyRun = fc.record({
  seed: fc.nat(),
  /** Results in USD need no conversion. */
  currency: fc.constantFrom('USD', 'USD', 'EUR'),
  hedging: fc.boolean(),
  /** Without moves the equity is at its peak when quotes come close together. */
  sparseMove: fc.constantFrom(0, 20),
  denseMove: fc.constantFrom(1, 8),
  widestSpread: fc.constantFrom(0, 1, 30),
  /** Without financing nothing but the last quote says what a day ended with. */
  financing: fc.constantFrom(undefined, false),
  granularity: fc.constantFrom<Granularity>('M1', 'M15'),
});
type Drawn = typeof anyRun extends fc.Arbitrary<infer T> ? T : never;

function drawQuotes({ seed, sparseMove, denseMove, widestSpread }: Drawn): QuoteRows {
  const random = createPrng(seed);
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const count = SPARSE_ROWS + DENSE_ROWS;
  const rows = { times: new Float64Array(count), bid: new Int32Array(count), ask: new Int32Array(count) };
  let at = START;
  let price = 110_000;
  for (let row = 0; row < count; row += 1) {
    const isDense = row >= SPARSE_ROWS;
    at += isDense ? upTo(3_000) : SPARSE_GAP_MS;
    const move = isDense ? denseMove : sparseMove;
    price += upTo(2 * move) - move;
    rows.times[row] = at;
    rows.bid[row] = price;
    rows.ask[row] = price + upTo(widestSpread);
  }
  return rows;
}

/** Opens either side, or closes the oldest position, at the end of some candles. */
function trades({ seed, granularity }: Drawn): Strategy {
  const random = createPrng(seed + 1);
  return {
    granularities: [granularity],
    onCandle: (_, { positions }): readonly Intent[] => {
      const draw = random();
      const [oldest] = positions;
      if (draw < 0.2 && oldest) return [{ type: 'close', brokerPositionId: oldest.brokerPositionId }];
      if (draw > 0.7 || positions.length === MOST_POSITIONS) return [];
      const side = random() < 0.5 ? 'long' : 'short';
      const units = 1 + Math.floor(random() * 30_000);
      return [{ type: 'open', side, size: { units }, orderType: 'market' }];
    },
    save: () => null,
    restore: () => undefined,
  };
}

function run(drawn: Drawn, feed: (backtest: Backtest, rows: QuoteRows) => void): BacktestResult {
  const type: StrategyType = {
    name: 'random',
    title: 'Random',
    description: 'Does this and that.',
    parametersVersion: 1,
    stateVersion: 1,
    parametersSchema: Type.Object({}),
    checkParameters: () => [],
    warmUpCandles: () => 0,
    create: () => trades(drawn),
  };
  const backtest = new Backtest(
    {
      strategyType: 'random',
      parameters: {},
      instrument: 'EUR_USD',
      currency: drawn.currency,
      initialBalance: 10_000_0000,
      from: START,
      until: Infinity,
      costs: {
        slippagePoints: 0,
        commissionPerMillion: 0,
        conversionMarkup: 0.005,
        financing: drawn.financing,
      },
      limits: {},
      hedging: drawn.hedging,
      seed: 0,
    },
    type,
  );
  feed(backtest, drawQuotes(drawn));
  return backtest.finish();
}

function feedEach(backtest: Backtest, { times, bid, ask }: QuoteRows): void {
  for (const [row, at] of times.entries())
    backtest.passQuote({ instrument: 'EUR_USD', at, bid: bid[row] ?? 0, ask: ask[row] ?? 0 }, 'jump');
}

describe('many quotes in a row while positions are open', () => {
  it('leave the same curve, drawdowns, days and extremes of trades together as one by one', () => {
    let completed = 0;
    fc.assert(
      fc.property(anyRun, (drawn) => {
        const together = run(drawn, (backtest, rows) => backtest.feedQuotes(rows));
        const oneByOne = run(drawn, feedEach);

        expect(JSON.stringify(together)).toBe(JSON.stringify(oneByOne));
        completed += together.trades.length;
      }),
      { numRuns: 15 },
    );
    // Else nothing was compared.
    expect(completed).toBeGreaterThan(500);
  });
});
