/** What holds of any backtest: random prices of several kinds around weekends and day ends, random orders, every kind of account. */

import * as fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { netResult } from '../domain/trade.ts';
import { isMarketOpen } from '../domain/trading-hours.ts';
import { createPrng } from '../shared/prng.ts';
import { MergedPrices } from './merged-prices.ts';
import { Backtest } from './run-backtest.ts';
import { candleBatch, withSpread } from './testing/candle-batch.ts';
import { RANDOM_LIMITS } from './testing/random-limits.ts';
import { randomStrategy } from './testing/random-strategy.ts';
import type { BacktestResult } from './backtest-result.ts';
import type { BacktestSpec } from './backtest-spec.ts';
import type { PriceBatch } from './merged-prices.ts';
import type { CandleRow } from './testing/candle-batch.ts';
import type { Strategy, StrategyType } from '../strategies/strategy.ts';
import type { Call } from './testing/random-strategy.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FRIDAY = Date.UTC(2024, 0, 5);

/** Spans of time with prices, some of them of a closed market. In winter 17:00 New York is 22:00 UTC. */
const SPANS = [
  { from: FRIDAY + 20 * HOUR, until: FRIDAY + 22 * HOUR + 10 * MINUTE },
  { from: FRIDAY + 2 * 24 * HOUR + 21.9 * HOUR, until: FRIDAY + 3 * 24 * HOUR },
  { from: FRIDAY + 3 * 24 * HOUR + 20 * HOUR, until: FRIDAY + 3 * 24 * HOUR + 23 * HOUR },
] as const;
const PRICES = { EUR_USD: 110_000, USD_JPY: 145_000, GBP_JPY: 184_000 } as const;
type InstrumentName = keyof typeof PRICES;
const CEILING = 60_000;
const BALANCES = { USD: 10_000_0000, EUR: 10_000_0000, JPY: 1_500_000_0000 } as const;

const anyRun = fc.record({
  seed: fc.nat(),
  traded: fc.constantFrom<InstrumentName>('EUR_USD', 'USD_JPY', 'GBP_JPY'),
  currency: fc.constantFrom('USD', 'EUR', 'JPY'),
  hedging: fc.boolean(),
  candles: fc.record({ EUR_USD: fc.boolean(), USD_JPY: fc.boolean(), GBP_JPY: fc.boolean() }),
  maxDailyLoss: fc.option(fc.constantFrom(0.002, 0.05), { nil: undefined }),
  slippagePoints: fc.nat(2),
  limitsFor: fc.constantFrom(...RANDOM_LIMITS),
});
type Drawn = typeof anyRun extends fc.Arbitrary<infer T> ? T : never;

/** One source of prices: quotes, or candles of five minutes. */
interface Source {
  readonly instrument: InstrumentName;
  readonly quotes: readonly (readonly [at: number, bid: number, ask: number])[];
  readonly candles: readonly CandleRow[] | undefined;
}

/** From `changesAt` on prices are others than without it, before it the same. */
function drawSource({ seed, candles }: Drawn, instrument: InstrumentName, changesAt: number): Source {
  let random = createPrng(seed + PRICES[instrument]);
  let price: number = PRICES[instrument];
  let isChanged = false;
  const step = (at: number): void => {
    if (at >= changesAt && !isChanged) random = createPrng(seed + 1 + PRICES[instrument]);
    isChanged = at >= changesAt;
    price += Math.floor(random() * 41) - 20;
  };
  const rows: CandleRow[] = [];
  const quotes: [number, number, number][] = [];
  for (const { from, until } of SPANS) {
    price += Math.floor(random() * 301) - 150;
    if (candles[instrument]) {
      for (let at = Math.ceil(from / (5 * MINUTE)) * 5 * MINUTE; at < until; at += 5 * MINUTE) {
        const open = price;
        step(at);
        const bid = [
          open,
          Math.max(open, price) + Math.floor(random() * 30),
          Math.min(open, price) - Math.floor(random() * 30),
          price,
        ] as const;
        rows.push({ at, bid, ask: withSpread(bid, 10) });
      }
    } else {
      for (let at = from; at < until; at += 1_000 * (1 + Math.floor(random() * 50))) {
        step(at);
        quotes.push([at, price, price + 8 + Math.floor(random() * 6)]);
      }
    }
  }
  return { instrument, quotes, candles: candles[instrument] ? rows : undefined };
}

function batchOf({ quotes, candles }: Source, from: number, to: number): PriceBatch {
  if (candles) return { kind: 'candles', ...candleBatch(candles.slice(from, to)) };
  const rows = quotes.slice(from, to);
  return {
    kind: 'quotes',
    times: Float64Array.from(rows, ([at]) => at),
    bid: Int32Array.from(rows, ([, bid]) => bid),
    ask: Int32Array.from(rows, ([, , ask]) => ask),
  };
}

/** Cuts the prices of a source into batches. */
function cut(source: Source, cuts: readonly number[]): PriceBatch[] {
  const { length } = source.candles ?? source.quotes;
  const edges = [0, ...cuts.map((row) => row % (length + 1)).sort((a, b) => a - b), length];
  return edges.slice(1).map((edge, index) => batchOf(source, edges[index] ?? 0, edge));
}

function typeOf(create: () => Strategy): StrategyType {
  return {
    name: 'random',
    title: 'Random',
    description: 'Does this and that.',
    parametersVersion: 1,
    stateVersion: 1,
    parametersSchema: Type.Object({}),
    checkParameters: () => [],
    warmUpCandles: () => 0,
    create,
  };
}

interface Run {
  readonly result: BacktestResult;
  readonly calls: readonly Call[];
  readonly initialBalance: number;
}

function run(
  drawn: Drawn,
  { cuts = [], changesAt = Infinity }: { cuts?: readonly number[]; changesAt?: number } = {},
): Run {
  const { traded, currency, hedging, maxDailyLoss, slippagePoints, limitsFor } = drawn;
  const initialBalance = BALANCES[currency];
  const spec: BacktestSpec = {
    strategyType: 'random',
    parameters: {},
    instrument: traded,
    currency,
    initialBalance,
    from: FRIDAY,
    until: FRIDAY + 5 * 24 * HOUR,
    costs: { slippagePoints, commissionPerMillion: 350_000, conversionMarkup: 0.005 },
    limits: {
      maxPositionUnits: CEILING,
      ...limitsFor(initialBalance),
      ...(maxDailyLoss !== undefined && { maxDailyLoss: Math.floor(initialBalance * maxDailyLoss) }),
    },
    hedging,
    seed: 0,
  };
  const names = new Set<InstrumentName>([traded, 'EUR_USD', 'USD_JPY']);
  const sources = [...names].map((name) => drawSource(drawn, name, changesAt));
  const calls: Call[] = [];
  const backtest = new Backtest(
    spec,
    typeOf(() => randomStrategy(drawn.seed, calls)),
  );
  const merged = new MergedPrices(
    backtest,
    sources.map(({ instrument, candles }) => ({ instrument, granularity: candles && 'M5' })),
    spec,
  );
  const batches = sources.map((source) => cut(source, cuts));
  for (let index = merged.wanted; index !== undefined; index = merged.wanted)
    merged.give(index, batches[index]?.shift());
  return { result: backtest.finish(), calls, initialBalance };
}

/** What happens in histories that are drawn: without it, a law would be tested on less than it says. */
const WANTED: readonly string[] = [
  ...'market limit stop take_profit stop_loss trailing_stop close financing position-units-exceeded daily-loss-exceeded weekly-loss-exceeded profit-target-reached profit-locked prop-drawdown-exceeded prop-daily-loss-exceeded exposure-exceeded currency-exposure-exceeded open-positions-exceeded order-rate-exceeded daily-trades-exceeded before-weekend around-roll-over news-window spread-unusual stop-loss-required'.split(
    ' ',
  ),
  'held over the weekend',
  'filled after the weekend',
];

/** What was drawn for a run, and the run. */
const history = fc
  .record({
    one: anyRun,
    cuts: fc.array(fc.nat(), { maxLength: 8 }),
    span: fc.nat(2),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map((drawn) => ({ ...drawn, whole: run(drawn.one) }));
type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

const [seed = 0] = fc.sample(fc.nat(), 1);
const RUNS = { numRuns: 30, seed };
let histories: readonly History[] | undefined;

/** Expects a law of runs, which are the same for all laws: to make one costs more than to look at it. Of those that break the law the smallest is shown. */
function always(law: (lived: History) => void): void {
  histories ??= fc.sample(history, RUNS);
  try {
    for (const lived of histories) law(lived);
  } catch (error) {
    fc.assert(fc.property(history, law), RUNS);
    throw error;
  }
}

describe('any backtest', () => {
  it('draws histories in which every kind of thing happens', () => {
    const seen = new Set<string>();
    for (const [index, one] of fc.sample(anyRun, { numRuns: 240, seed: 1 }).entries()) {
      if (WANTED.every((kind) => seen.has(kind))) break;
      // Each of the limits in its turn.
      const limitsFor = RANDOM_LIMITS[index % RANDOM_LIMITS.length] ?? one.limitsFor;
      const { result } = run({ ...one, limitsFor });
      for (const { exitReason, openedAt, closedAt } of result.trades) {
        seen.add(exitReason);
        if (openedAt < SPANS[0].until && closedAt > SPANS[1].from) seen.add('held over the weekend');
      }
      for (const name of [...Object.keys(result.denials), ...Object.keys(result.cancellations)])
        seen.add(name);
      for (const { code } of result.halts) seen.add(code);
      const { entries, exits } = result.closedMarket;
      if (entries.filled > 0 && exits.filled > 0) seen.add('filled after the weekend');
      if (result.metrics.costs.financing !== 0) seen.add('financing');
      expect(result.strategyFailure).toBeUndefined();
    }

    expect([...seen]).toEqual(expect.arrayContaining([...WANTED]));
  });

  it('comes to the same however its prices are cut into batches', () => {
    always(({ one, cuts, whole }) => {
      const inParts = run(one, { cuts });

      expect(inParts.calls).toEqual(whole.calls);
      expect(JSON.stringify(inParts.result)).toBe(JSON.stringify(whole.result));
    });
  });

  it('does not look ahead: what it did and showed before a time does not hang on the prices from then on', () => {
    let differing = 0;
    always(({ one, span, part, whole }) => {
      const { from, until } = SPANS[span] ?? SPANS[0];
      const changesAt = Math.floor(from + part * (until - from));
      const changed = run(one, { changesAt });

      // A candle that began before has the prices that it had.
      expect(before(changed, changesAt)).toEqual(before(whole, changesAt));
      if (JSON.stringify(changed.calls) !== JSON.stringify(whole.calls)) differing += 1;
    });
    expect(differing, 'the prices from then on make a difference').toBeGreaterThan(10);
  });

  it('keeps its books: every amount is booked once, and what it cost is the whole difference', () => {
    always(({ whole: { result, initialBalance } }) => {
      const { gross, spread, slippage, commission, financing, conversion, net } = result.metrics.costs;

      expect(gross - spread - slippage - commission - financing - conversion).toBe(net);
      expect(net).toBe(result.equity - initialBalance);
      if (result.openPositions > 0) return;
      expect(sum(result.trades.map(netResult))).toBe(result.balance - initialBalance);
      expect(financing + sum(result.trades.map((trade) => trade.financing))).toBe(0);
    });
  });

  it('never holds more than its ceiling, and trades nothing while its market is closed', () => {
    always(({ whole: { calls, result } }) => {
      const times = result.trades.flatMap(({ openedAt, closedAt }) => [openedAt, closedAt]);

      expect(Math.max(...calls.map(({ units }) => units))).toBeLessThanOrEqual(CEILING);
      expect(times.filter((at) => !isMarketOpen('forex', at))).toEqual([]);
    });
  });
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function before({ calls, result }: Run, time: number): readonly unknown[] {
  return [calls.filter(({ at }) => at < time), result.trades.filter(({ closedAt }) => closedAt < time)];
}
