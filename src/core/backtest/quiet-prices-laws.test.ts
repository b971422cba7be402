/** Taking quiet prices at once is as good as stepping each: random quotes and candles, orders, loss limits and kinds of account. */

import * as fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { createPrng } from '../shared/prng.ts';
import { MergedPrices } from './merged-prices.ts';
import { Backtest } from './run-backtest.ts';
import { candleBatch } from './testing/candle-batch.ts';
import { RANDOM_LIMITS } from './testing/random-limits.ts';
import { randomStrategy } from './testing/random-strategy.ts';
import { stepped } from './testing/stepped.ts';
import type { RiskLimits } from '../domain/account.ts';
import type { Granularity } from '../domain/candle.ts';
import type { QuoteRows } from '../domain/quote.ts';
import type { Strategy, StrategyType, StrategyView } from '../strategies/strategy.ts';
import type { BacktestResult } from './backtest-result.ts';
import type { BacktestSpec } from './backtest-spec.ts';
import type { PriceBatch } from './merged-prices.ts';
import type { PriceTaker } from './price-cursor.ts';
import type { CandleRow } from './testing/candle-batch.ts';
import type { Call } from './testing/random-strategy.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
// Over the end of a week. In winter 17:00 New York is 22:00 UTC.
const THURSDAY_EVENING = Date.UTC(2024, 0, 4, 20);
const FRIDAY_NIGHT = Date.UTC(2024, 0, 5, 22);
const SUNDAY_NIGHT = Date.UTC(2024, 0, 7, 22);
const MONDAY = Date.UTC(2024, 0, 8);
const UNTIL = MONDAY - HOUR;
const FIRST_PRICE = 110_000;

const anyRun = fc.record({
  seed: fc.nat(),
  feed: fc.constantFrom('quotes', 'M1', 'M5'),
  currency: fc.constantFrom('USD', 'EUR'),
  hedging: fc.boolean(),
  /** Parts of the balance: some are reached again and again, some never. */
  maxDailyLoss: fc.constantFrom(undefined, 0.001, 0.01, 0.5),
  limitsFor: fc.constantFrom(...RANDOM_LIMITS),
  /** Rules that look at every price while a position is open, or at none. */
  otherLimits: fc.constantFrom<RiskLimits>(
    {},
    { maxWeeklyLoss: 300_000 },
    { maxSpreadRatio: 1.2 },
    { requireStopLoss: { distancePoints: 80 } },
    { weekend: { minutesBefore: 45, entries: 'cancel', positions: 'close' } },
    { marginGuard: { closeoutPercent: 1_000, positions: 'close_largest_loss' } },
  ),
  depth: fc.constantFrom(undefined, [
    { units: 10_000, pointsWorse: 0 },
    { units: 12_000, pointsWorse: 7 },
  ]),
  /** Between two wakes of the strategy, which it wants besides candles. */
  wakesEveryMs: fc.constantFrom(undefined, 7 * MINUTE, 100 * MINUTE),
  /** Whether it wants each wake after a candle, and not after the wake before. */
  wakesAfterCandle: fc.boolean(),
  /** Candles of one length alone may be those that are stored. */
  granularities: fc.constantFrom<readonly Granularity[]>(['M5', 'M15'], ['M5'], ['M1']),
  /** Whether trading costs nothing, so that a close can leave the equity at its peak. */
  isFree: fc.boolean(),
  /** Prices of an instrument that is not traded come in between. */
  hasOther: fc.boolean(),
  cuts: fc.array(fc.nat(), { maxLength: 4 }),
});
type Drawn = typeof anyRun extends fc.Arbitrary<infer T> ? T : never;

function drawCandles({ seed, feed }: Drawn): readonly CandleRow[] {
  const random = createPrng(seed);
  const below = (most: number): number => Math.floor(random() * most);
  const rows: CandleRow[] = [];
  let price = FIRST_PRICE;
  for (let at = THURSDAY_EVENING; at < MONDAY; at += (feed === 'M5' ? 5 : 1) * MINUTE) {
    // A few prices of the closed market too, and a gap now and then.
    if ((at > FRIDAY_NIGHT + HOUR && at < SUNDAY_NIGHT - HOUR) || below(200) === 0) continue;
    const open = price + below(5) - 2;
    price = open + below(31) - 15;
    const bid = [open, Math.max(open, price) + below(20), Math.min(open, price) - below(20), price] as const;
    const [narrow, wide] = [6 + below(4), 10 + below(10)];
    rows.push({ at, bid, ask: [open + narrow, bid[1] + wide, bid[2] + narrow, price + narrow] });
  }
  return rows;
}

/** The closes, as quotes. */
function quotesOf(rows: readonly CandleRow[]): QuoteRows {
  return {
    times: Float64Array.from(rows, ({ at }) => at),
    bid: Int32Array.from(rows, ({ bid }) => bid[3]),
    ask: Int32Array.from(rows, ({ ask }) => ask[3]),
  };
}

function batchesOf(drawn: Drawn): PriceBatch[] {
  const rows = drawCandles(drawn);
  const edges = [0, ...drawn.cuts.map((cut) => cut % rows.length).sort((a, b) => a - b), rows.length];
  return edges.slice(1).map((edge, index) => {
    const part = rows.slice(edges[index], edge);
    return drawn.feed === 'quotes'
      ? { kind: 'quotes', ...quotesOf(part) }
      : { kind: 'candles', ...candleBatch(part) };
  });
}

/** Quotes that come close together for a while now and then. */
function otherBatch({ seed }: Drawn): PriceBatch {
  const random = createPrng(seed + 1);
  const times: number[] = [];
  for (let at = THURSDAY_EVENING; at < MONDAY; at += random() < 0.1 ? HOUR * random() : 1_000)
    times.push(Math.floor(at));
  const bid = Int32Array.from(times, () => 120_000 + Math.floor(random() * 50));
  return { kind: 'quotes', times: Float64Array.from(times), bid, ask: bid.map((points) => points + 12) };
}

function typeOf(drawn: Drawn, calls: Call[]): StrategyType {
  const { seed, wakesEveryMs, wakesAfterCandle, granularities } = drawn;
  const startsAwake = wakesEveryMs !== undefined && !wakesAfterCandle;
  const random = randomStrategy(seed, calls);
  const strategy = {
    ...random,
    granularities,
    wakesAt: startsAwake ? THURSDAY_EVENING : undefined,
  };
  return {
    name: 'random',
    title: 'Random',
    description: 'Does this and that.',
    parametersVersion: 1,
    stateVersion: 1,
    parametersSchema: Type.Object({}),
    checkParameters: () => [],
    warmUpCandles: () => 0,
    create: () =>
      Object.assign(strategy, {
        onCandle: (...[candle, view]: Parameters<Strategy['onCandle']>) => {
          if (wakesEveryMs !== undefined && candle.startsAt % HOUR === 0)
            strategy.wakesAt ??= view.at + wakesEveryMs;
          return random.onCandle(candle, view);
        },
        onClock: (at: number, view: StrategyView) => {
          strategy.wakesAt = wakesAfterCandle ? undefined : at + (wakesEveryMs ?? 0);
          calls.push({ at, units: 0, text: `${view.equity} ${JSON.stringify(view.quote)}` });
          return [];
        },
      }),
  };
}

/** Lets the run take quiet prices at once, and counts the candles that were quiet. */
function atOnce(backtest: Backtest, count: { quietCandles: number }): PriceTaker {
  return {
    passQuote: (quote, travel) => backtest.passQuote(quote, travel),
    passQuotes: (stretch, from) => backtest.passQuotes(stretch, from),
    passQuietCandles: (stretch, from) => {
      const to = backtest.passQuietCandles(stretch, from);
      count.quietCandles += to - from;
      return to;
    },
  };
}

interface Run {
  readonly calls: readonly Call[];
  readonly result: BacktestResult;
}

function run(drawn: Drawn, takerOf: (backtest: Backtest) => PriceTaker): Run {
  const { feed, currency, hedging, maxDailyLoss, limitsFor, depth } = drawn;
  const initialBalance = 10_000_0000;
  const spec: BacktestSpec = {
    strategyType: 'random',
    parameters: {},
    instrument: 'EUR_USD',
    currency,
    initialBalance,
    from: THURSDAY_EVENING,
    until: UNTIL,
    costs: {
      slippagePoints: drawn.isFree ? 0 : 1,
      commissionPerMillion: drawn.isFree ? 0 : 350_000,
      conversionMarkup: 0.005,
      depth: depth && { EUR_USD: depth },
    },
    limits: {
      ...limitsFor(initialBalance),
      ...(maxDailyLoss !== undefined && { maxDailyLoss: initialBalance * maxDailyLoss }),
    },
    hedging,
    seed: 0,
  };
  const calls: Call[] = [];
  const backtest = new Backtest(spec, typeOf(drawn, calls));
  const granularity = feed === 'quotes' ? undefined : feed;
  const sources = [
    { instrument: 'EUR_USD', granularity },
    { instrument: 'GBP_USD', granularity: undefined },
  ].slice(0, drawn.hasOther ? 2 : 1);
  const prices = new MergedPrices(takerOf(backtest), sources, spec);
  const batches = [batchesOf(drawn), [otherBatch(drawn)]];
  while (prices.wanted !== undefined) prices.give(prices.wanted, batches[prices.wanted]?.shift());
  return { calls, result: backtest.finish() };
}

describe('prices that are quiet', () => {
  it('come to the same result, calls and figures taken at once as stepped one by one', () => {
    const count = { quietCandles: 0 };
    let [haltedRuns, trades] = [0, 0];
    fc.assert(
      fc.property(anyRun, (drawn) => {
        const quick = run(drawn, (backtest) => atOnce(backtest, count));
        const plain = run(drawn, (backtest) => stepped(backtest, UNTIL));

        const differing = quick.calls.findIndex(({ text }, index) => text !== plain.calls[index]?.text);
        expect(quick.calls[differing]).toEqual(plain.calls[differing]);
        expect(JSON.stringify(quick.result)).toBe(JSON.stringify(plain.result));
        if (plain.result.halts.length > 0) haltedRuns += 1;
        trades += plain.result.trades.length;
      }),
      { numRuns: 30 },
    );
    // Else nothing was compared.
    expect(count.quietCandles).toBeGreaterThan(2_000);
    expect(haltedRuns).toBeGreaterThan(2);
    expect(trades).toBeGreaterThan(500);
  });
});
