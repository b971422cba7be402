import fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { createPrng } from '../shared/prng.ts';
import { createCandlePath, traceCandle } from './candle-path.ts';
import { MergedPrices } from './merged-prices.ts';
import { Backtest } from './run-backtest.ts';
import { candleBatch, withSpread } from './testing/candle-batch.ts';
import type { CandleRow } from './testing/candle-batch.ts';
import type { Granularity } from '../domain/candle.ts';
import type { Quote } from '../domain/quote.ts';
import type { Travel } from '../simulation/exchange.ts';
import type { Intent, Strategy, StrategyType } from '../strategies/strategy.ts';
import type { BacktestResult } from './backtest-result.ts';
import type { BacktestSpec } from './backtest-spec.ts';
import type { PriceBatch } from './merged-prices.ts';

const WEDNESDAY = Date.UTC(2024, 0, 3);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const SPEC: BacktestSpec = {
  strategyType: 'scripted',
  parameters: {},
  instrument: 'GBP_USD',
  currency: 'EUR',
  initialBalance: 10_000_0000,
  from: WEDNESDAY,
  until: WEDNESDAY + 86_400_000,
  costs: { slippagePoints: 1, commissionPerMillion: 350_000, conversionMarkup: 0.005 },
  limits: {},
  hedging: false,
  seed: 0,
};

function typeOf(create: () => Partial<Strategy>): StrategyType {
  return {
    name: 'scripted',
    title: 'Scripted',
    description: 'Does what the test says.',
    parametersVersion: 1,
    stateVersion: 1,
    parametersSchema: Type.Object({}),
    checkParameters: () => [],
    warmUpCandles: () => 0,
    create: () => ({
      granularities: [],
      onCandle: () => [],
      save: () => null,
      restore: () => undefined,
      ...create(),
    }),
  };
}

/** Trades each of two instruments by the candles of the other, with stops and targets. */
const CROSSED = typeOf(() => ({
  granularities: ['M1'],
  otherInstruments: ['USD_JPY'],
  onCandle: ({ instrument: watched, bidOpen, bidClose }, { positions, isUnderWay, quoteOf }) => {
    const instrument = watched === 'GBP_USD' ? 'USD_JPY' : 'GBP_USD';
    const quote = quoteOf(instrument);
    if (!quote || isUnderWay(instrument) || positions.some((one) => one.instrument === instrument)) return [];
    const isUp = bidClose >= bidOpen;
    const entry = isUp
      ? ({ side: 'long', stopLoss: quote.bid - 40, takeProfit: quote.bid + 60 } as const)
      : ({ side: 'short', stopLoss: quote.ask + 40, trailingDistance: 50 } as const);
    const intent: Intent = {
      type: 'open',
      instrument,
      tag: instrument,
      orderType: 'market',
      size: { units: 7_000 },
      ...entry,
    };
    return [intent];
  },
}));

/** Holds one long position of the configured instrument from its first quote with a rate to its last. */
const HOLDING = typeOf(() => ({
  onQuote: ({ instrument }, { positions, hasOpenOrder }) =>
    instrument !== 'GBP_USD' || hasOpenOrder || positions.length > 0
      ? []
      : [{ type: 'open', side: 'long', size: { units: 10_000 }, orderType: 'market' }],
}));

type Row = readonly [at: number, bid: number, ask: number];

/** One instrument's quotes, or its candles. */
interface Prices {
  readonly instrument: string;
  readonly rows?: readonly Row[];
  readonly granularity?: Granularity;
  readonly candles?: readonly CandleRow[];
}

/** A random walk with a quote every so often, some of them in the same millisecond as one of another walk. */
function walk(
  instrument: string,
  { seed, mid, rows = 2_000 }: { seed: number; mid: number; rows?: number },
): Prices {
  const random = createPrng(seed);
  let [at, price] = [WEDNESDAY, mid];
  return {
    instrument,
    rows: Array.from({ length: rows }, () => {
      at += 250 * Math.floor(random() * 12);
      price += Math.floor(random() * 21) - 10;
      return [at, price - 5, price + 5];
    }),
  };
}

/** Candles of a random walk. */
function candleWalk(
  instrument: string,
  granularity: Granularity,
  options: { seed: number; mid: number; everyMs: number; count: number },
): Prices {
  const random = createPrng(options.seed);
  let price = options.mid;
  const candles = Array.from({ length: options.count }, (_, index) => {
    const open = price;
    price += Math.floor(random() * 61) - 30;
    const high = Math.max(open, price) + Math.floor(random() * 20);
    const low = Math.min(open, price) - Math.floor(random() * 20);
    const bid = [open, high, low, price] as const;
    return { at: WEDNESDAY + index * options.everyMs, bid, ask: withSpread(bid, 10) };
  });
  return { instrument, granularity, candles };
}

function batchOf({ rows = [], candles }: Prices): PriceBatch {
  if (candles) return { kind: 'candles', ...candleBatch(candles) };
  return {
    kind: 'quotes',
    times: Float64Array.from(rows, ([at]) => at),
    bid: Int32Array.from(rows, ([, bid]) => bid),
    ask: Int32Array.from(rows, ([, , ask]) => ask),
  };
}

/** Cuts prices at some rows. */
function cut({ rows, candles, ...source }: Prices, cuts: readonly number[]): readonly Prices[] {
  const length = rows?.length ?? candles?.length ?? 0;
  const edges = [0, ...cuts.map((row) => row % (length + 1)).sort((a, b) => a - b), length];
  return edges.slice(1).map((edge, index) => ({
    ...source,
    ...(rows && { rows: rows.slice(edges[index], edge) }),
    ...(candles && { candles: candles.slice(edges[index], edge) }),
  }));
}

interface Run {
  readonly type: StrategyType;
  readonly spec?: Partial<BacktestSpec>;
  readonly cuts?: readonly number[];
}

function run(sources: readonly Prices[], { type, spec = {}, cuts = [] }: Run): BacktestResult {
  const whole = { ...SPEC, ...spec };
  const backtest = new Backtest(whole, type);
  const batches = sources.map((prices) => cut(prices, cuts).map(batchOf));
  const merged = new MergedPrices(
    backtest,
    sources.map(({ instrument, granularity }) => ({ instrument, granularity })),
    whole,
  );
  const given = sources.map(() => 0);
  for (let index = merged.wanted; index !== undefined; index = merged.wanted) {
    merged.give(index, batches[index]?.[given[index] ?? 0]);
    given[index] = (given[index] ?? 0) + 1;
  }
  return backtest.finish();
}

/** Shows every quote by itself, sorted by time and then by the order of the sources. */
function step(sources: readonly Prices[], { type, spec = {} }: Run): BacktestResult {
  const whole = { ...SPEC, ...spec };
  const backtest = new Backtest(whole, type);
  const quotes = sources.flatMap((prices, source) => quotesOf(prices).map((one) => ({ ...one, source })));
  quotes.sort((a, b) => a.quote.at - b.quote.at || a.source - b.source);
  for (const { quote, travel } of quotes) backtest.passQuote(quote, travel);
  return backtest.finish();
}

function quotesOf({
  instrument,
  rows = [],
  candles,
  granularity,
}: Prices): { quote: Quote; travel: Travel }[] {
  if (candles === undefined || granularity === undefined)
    return rows.map(([at, bid, ask]) => ({ quote: { instrument, at, bid, ask }, travel: 'jump' }));
  const batch = candleBatch(candles);
  return candles.flatMap((_, row) => {
    const path = createCandlePath('forex');
    traceCandle(path, batch, row, granularity);
    const travels: Travel[] = ['jump', 'continuous', 'continuous', 'closing'];
    return travels.map((travel, index) => ({
      quote: { instrument, at: path.times[index] ?? 0, bid: path.bid[index] ?? 0, ask: path.ask[index] ?? 0 },
      travel,
    }));
  });
}

const EUR_USD = walk('EUR_USD', { seed: 1, mid: 109_000 });
const GBP_USD = walk('GBP_USD', { seed: 2, mid: 127_000 });
const USD_JPY = walk('USD_JPY', { seed: 3, mid: 143_000 });
const ALL = [EUR_USD, GBP_USD, USD_JPY];

describe('prices of several instruments', () => {
  it('give what each quote by itself gives, in order of time', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seed) => {
        const sources = [
          walk('EUR_USD', { seed, mid: 109_000, rows: 600 }),
          walk('GBP_USD', { seed: seed + 1, mid: 127_000, rows: 600 }),
          walk('USD_JPY', { seed: seed + 2, mid: 143_000, rows: 600 }),
        ];

        expect(JSON.stringify(run(sources, { type: CROSSED }))).toBe(
          JSON.stringify(step(sources, { type: CROSSED })),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('trade both instruments of a strategy that watches two', () => {
    const { trades, denials } = run(ALL, { type: CROSSED });

    expect(new Set(trades.map(({ instrument }) => instrument))).toEqual(new Set(['GBP_USD', 'USD_JPY']));
    expect(trades.length).toBeGreaterThan(20);
    expect(denials).toEqual({});
  });

  it('give the same however each is cut into batches', () => {
    const whole = JSON.stringify(run(ALL, { type: CROSSED }));

    fc.assert(
      fc.property(fc.array(fc.nat(2_000), { maxLength: 6 }), (cuts) => {
        expect(JSON.stringify(run(ALL, { type: CROSSED, cuts }))).toBe(whole);
      }),
      { numRuns: 15 },
    );
  });

  it('are candles of different granularities and quotes side by side, each at its time', () => {
    const sources = [
      candleWalk('EUR_USD', 'M15', { seed: 5, mid: 109_000, everyMs: 15 * MINUTE, count: 24 }),
      candleWalk('GBP_USD', 'M1', { seed: 6, mid: 127_000, everyMs: MINUTE, count: 300 }),
      walk('USD_JPY', { seed: 7, mid: 143_000, rows: 12_000 }),
    ];

    const merged = run(sources, { type: CROSSED, cuts: [7, 20] });

    expect(JSON.stringify(merged)).toBe(JSON.stringify(step(sources, { type: CROSSED })));
    expect(merged.trades.length).toBeGreaterThan(20);
  });

  it('of one instrument give what feeding it alone gives', () => {
    const spec = { currency: 'USD' } as const;
    const alone = new Backtest({ ...SPEC, ...spec }, HOLDING);
    const batch = batchOf(GBP_USD);
    if (batch.kind === 'quotes') alone.feedQuotes(batch);

    expect(JSON.stringify(run([GBP_USD], { type: HOLDING, spec, cuts: [9] }))).toBe(
      JSON.stringify(alone.finish()),
    );
  });

  it('change nothing where no one looks at the other', () => {
    const spec = { currency: 'USD' } as const;
    const alone = run([GBP_USD], { type: HOLDING, spec });
    const beside = run([GBP_USD, USD_JPY], { type: HOLDING, spec });

    expect({ ...beside, quotes: 0, endsAt: 0, equityCurve: [], metrics: null }).toEqual({
      ...alone,
      quotes: 0,
      endsAt: 0,
      equityCurve: [],
      metrics: null,
    });
  });

  it('show a candle when it ends, though the stored candle of another instrument is longer', () => {
    const shownAt: number[] = [];
    const type = typeOf(() => ({
      granularities: ['S30'],
      onCandle: (_, { at }) => {
        shownAt.push(at - WEDNESDAY);
        return [];
      },
    }));
    const gbp = {
      instrument: 'GBP_USD',
      rows: [
        [WEDNESDAY, 126_000, 126_010],
        [WEDNESDAY + MINUTE, 126_000, 126_010],
        [WEDNESDAY + 3 * MINUTE, 126_000, 126_010],
      ],
    } as const;
    const eur = candleWalk('EUR_USD', 'M1', { seed: 1, mid: 110_000, everyMs: MINUTE, count: 2 });

    run([gbp, eur], { type });

    expect(shownAt).toEqual([30_000, 90_000]);
  });

  it('are each part of the equity, however little the one that came last moved', () => {
    const type = typeOf(() => ({
      granularities: ['S5'],
      otherInstruments: ['GBP_USD'],
      onCandle: ({ instrument }) =>
        instrument === 'GBP_USD'
          ? []
          : ['EUR_USD', 'GBP_USD'].map((name) => ({
              type: 'open',
              instrument: name,
              tag: name,
              side: 'long',
              size: { units: 10_000 },
              orderType: 'market',
            })),
    }));
    const quote = (at: number, price: number): Row => [WEDNESDAY + at, price, price];
    const eur = {
      instrument: 'EUR_USD',
      // The second from last is no lower than one before, but EUR_USD and GBP_USD together are.
      rows: [
        quote(0, 110_000),
        quote(5_500, 109_990),
        quote(6_100, 109_900),
        quote(6_200, 109_990),
        quote(6_700, 109_920),
        quote(6_800, 109_990),
      ],
    };
    const flat = [126_000, 126_000, 126_000, 126_000] as const;
    const falling = [126_000, 126_060, 125_950, 126_000] as const;
    const candles = [
      { at: WEDNESDAY, bid: flat, ask: flat },
      { at: WEDNESDAY + 5_000, bid: falling, ask: falling },
    ];
    const spec = { instrument: 'EUR_USD', currency: 'USD', costs: { ...SPEC.costs, slippagePoints: 0 } };

    const { metrics, openPositions } = run([eur, { instrument: 'GBP_USD', granularity: 'S5', candles }], {
      type,
      spec: { ...spec, costs: { ...spec.costs, commissionPerMillion: 0 } },
    });

    expect(openPositions).toBe(2);
    // 80 and 50 points of 10,000 units.
    expect(metrics.maxDrawdownMoney).toBe(130_000);
  });

  it('from later on change nothing that was before', () => {
    const changesAt = WEDNESDAY + 20 * MINUTE;
    const whole = run(ALL, { type: CROSSED });
    for (const changed of ALL) {
      const rows = (changed.rows ?? []).map(([at, bid, ask]): Row =>
        at < changesAt ? [at, bid, ask] : [at, bid + 300, ask + 300],
      );
      const other = run(
        ALL.map((prices) => (prices === changed ? { ...prices, rows } : prices)),
        { type: CROSSED },
      );
      const before = ({ trades }: BacktestResult) => trades.filter(({ closedAt }) => closedAt < changesAt);

      expect(JSON.stringify(before(other))).toBe(JSON.stringify(before(whole)));
      expect(before(whole).length).toBeGreaterThan(5);
      expect(JSON.stringify(other.trades)).not.toBe(JSON.stringify(whole.trades));
    }
  });

  it('refuse rows of a source that is not wanted, or of another kind', () => {
    const backtest = new Backtest(SPEC, HOLDING);
    const merged = new MergedPrices(backtest, [{ instrument: 'GBP_USD', granularity: 'M1' }], SPEC);

    expect(() => merged.give(1, undefined)).toThrow('source 0 were wanted');
    const two = [
      { instrument: 'GBP_USD', granularity: 'M1' },
      { instrument: 'EUR_USD', granularity: 'M1' },
    ] as const;
    expect(() => new MergedPrices(backtest, two, SPEC).give(1, undefined)).toThrow('source 0 were wanted');
    expect(() => merged.give(0, batchOf(GBP_USD))).toThrow('another kind');
  });
});

describe('an account in a third currency', () => {
  const FREE = { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0 };
  const quotes = (instrument: string, rows: readonly Row[]): Prices => ({ instrument, rows });

  it('is worth what the newest rate makes of its open result', () => {
    const sources = [
      quotes('EUR_USD', [
        [WEDNESDAY, 100_000, 100_000],
        [WEDNESDAY + 3_000, 125_000, 125_000],
      ]),
      quotes('GBP_USD', [
        [WEDNESDAY, 120_000, 120_000],
        [WEDNESDAY + 2_000, 121_000, 121_000],
      ]),
    ];

    const result = run(sources, { type: HOLDING, spec: { costs: FREE } });

    // 10,000 units gained 0.01 dollars each: 100 dollars, at first as many euros and then 80.
    expect(
      result.equityCurve.map(({ at, equity }) => [at - WEDNESDAY, equity - SPEC.initialBalance]),
    ).toEqual(
      expect.arrayContaining([
        [2_000, 100_0000],
        [3_000, 80_0000],
      ]),
    );
    expect(result).toMatchObject({ openPnl: 80_0000, endsAt: WEDNESDAY + 3_000 });
    // The pair that converts is not what the strategy trades.
    expect(result.metrics.marketChange).toBeCloseTo(1 / 120, 9);
  });

  it('values the worst and the best of a trade at the rate of that moment', () => {
    const type = typeOf(() => ({
      onQuote: ({ instrument, bid }, { positions: [position], hasOpenOrder }) => {
        if (instrument !== 'GBP_USD' || hasOpenOrder) return [];
        if (position && bid === 120_500)
          return [{ type: 'close', brokerPositionId: position.brokerPositionId }];
        return position ? [] : [{ type: 'open', side: 'long', size: { units: 10_000 }, orderType: 'market' }];
      },
    }));
    const sources = [
      quotes('EUR_USD', [
        [WEDNESDAY, 100_000, 100_000],
        [WEDNESDAY + 1_500, 80_000, 80_000],
        [WEDNESDAY + 2_500, 125_000, 125_000],
      ]),
      quotes('GBP_USD', [
        [WEDNESDAY, 120_000, 120_000],
        [WEDNESDAY + 1_000, 121_000, 121_000],
        [WEDNESDAY + 2_000, 119_000, 119_000],
        [WEDNESDAY + 3_000, 120_500, 120_500],
      ]),
    ];

    const { trades } = run(sources, { type, spec: { costs: FREE } });

    // 100 dollars at 1.00, minus 100 dollars at 0.80, and 50 dollars at 1.25.
    expect(trades).toMatchObject([{ mfe: 100_0000, mae: -125_0000, realizedPnl: 40_0000 }]);
  });

  it('trades nothing while there is no rate', () => {
    const sources = [
      quotes('EUR_USD', [[WEDNESDAY + HOUR, 100_000, 100_000]]),
      quotes('GBP_USD', [
        [WEDNESDAY, 120_000, 120_000],
        [WEDNESDAY + HOUR, 121_000, 121_000],
      ]),
    ];

    const { denials, openPositions } = run(sources, { type: HOLDING, spec: { costs: FREE } });

    expect(denials).toEqual({ 'no-conversion-price': 1 });
    // The pair that converts comes first at the same time.
    expect(openPositions).toBe(1);
  });

  it('takes a rate for fresh as long as other prices show that none was newer', () => {
    const sources = [
      quotes('EUR_USD', [
        [WEDNESDAY, 100_000, 100_000],
        [WEDNESDAY + 2 * HOUR, 100_000, 100_000],
      ]),
      quotes('GBP_USD', [[WEDNESDAY + HOUR, 120_000, 120_000]]),
    ];

    expect(run(sources, { type: HOLDING, spec: { costs: FREE } })).toMatchObject({
      denials: {},
      openPositions: 1,
    });
  });
});
