import fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { createPrng } from '../shared/prng.ts';
import { candleSpan } from '../domain/candle.ts';
import { isTradingDay } from '../domain/trading-calendar.ts';
import { isMarketOpen } from '../domain/trading-hours.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { netResult } from '../domain/trade.ts';
import { Backtest } from './run-backtest.ts';
import { candleBatch, withSpread } from './testing/candle-batch.ts';
import type { Prices } from './testing/candle-batch.ts';
import type { CandleRows, Granularity } from '../domain/candle.ts';
import type { Intent, OpenIntent, Strategy, StrategyType, StrategyView } from '../strategies/strategy.ts';
import type { BacktestResult } from './backtest-result.ts';
import type { BacktestSpec } from './backtest-spec.ts';
import type { Quote, QuoteRows } from '../domain/quote.ts';

const EUR_USD = PAPER_INSTRUMENTS.named('EUR_USD');
const WEDNESDAY = Date.UTC(2024, 0, 3);
const MINUTE = 60_000;

const SPEC: BacktestSpec = {
  strategyType: 'scripted',
  parameters: {},
  instrument: 'EUR_USD',
  currency: 'USD',
  initialBalance: 10_000_0000,
  from: WEDNESDAY,
  until: WEDNESDAY + 7 * 86_400_000,
  costs: { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0.005 },
  limits: {},
  hedging: false,
  seed: 1,
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

/** Asks at every quote. */
function onQuotes(decide: (view: StrategyView, count: number) => readonly Intent[]): StrategyType {
  return typeOf(() => {
    let count = 0;
    return { onQuote: (_, view) => decide(view, (count += 1)) };
  });
}

function open(side: 'long' | 'short', units: number, protection: Partial<OpenIntent> = {}): OpenIntent {
  return { type: 'open', side, size: { units }, orderType: 'market', ...protection };
}

/** Goes long and short in turns, 20 quotes each, whatever the prices. */
const TURNING = onQuotes(({ positions, hasOpenOrder }, count) => {
  if (hasOpenOrder || count % 20 !== 0) return [];
  const closes = positions.map(({ brokerPositionId }) => ({ type: 'close', brokerPositionId }) as const);
  return [...closes, open(count % 40 === 0 ? 'long' : 'short', 10_001)];
});

/** Trades on candles, with stops and targets. */
const PROTECTED = typeOf(() => ({
  granularities: ['M1'],
  onCandle: ({ bidOpen, bidClose }, { positions, hasOpenOrder, quote }) => {
    if (hasOpenOrder || positions.length > 0 || !quote) return [];
    const { bid, ask } = quote;
    return bidClose >= bidOpen
      ? [open('long', 20_000, { stopLoss: bid - 60, takeProfit: bid + 90 })]
      : [open('short', 20_000, { stopLoss: ask + 60, trailingDistance: 80 })];
  },
}));

function quotesOf(rows: readonly (readonly [at: number, bid: number, ask: number])[]): QuoteRows {
  return {
    times: Float64Array.from(rows, ([at]) => at),
    bid: Int32Array.from(rows, ([, bid]) => bid),
    ask: Int32Array.from(rows, ([, , ask]) => ask),
  };
}

/** A random walk, a quote a second, with an even spread that varies. */
function walk(seed: number, rows: number): [number, number, number][] {
  const random = createPrng(seed);
  let mid = 110_000;
  return Array.from({ length: rows }, (_, row) => {
    mid += Math.floor(random() * 21) - 10;
    const half = 3 + Math.floor(random() * 4);
    return [WEDNESDAY + row * 1_000, mid - half, mid + half];
  });
}

function run(
  type: StrategyType,
  spec: Partial<BacktestSpec>,
  ...batches: readonly QuoteRows[]
): BacktestResult {
  const backtest = new Backtest({ ...SPEC, ...spec }, type);
  for (const batch of batches) backtest.feedQuotes(batch);
  return backtest.finish();
}

const COSTLY = { slippagePoints: 2, commissionPerMillion: 350_000, conversionMarkup: 0.005 };

describe('a backtest', () => {
  it('gives the same bytes when it is run again', () => {
    const quotes = quotesOf(walk(7, 3_000));

    const [first, second] = [run(PROTECTED, {}, quotes), run(PROTECTED, {}, quotes)];

    expect(first.trades.length).toBeGreaterThan(5);
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
  });

  it('gives the same result however its prices are cut into batches', () => {
    const rows = walk(11, 1_500);
    const whole = JSON.stringify(run(PROTECTED, { costs: COSTLY }, quotesOf(rows)));

    fc.assert(
      fc.property(fc.array(fc.nat(rows.length), { maxLength: 6 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), rows.length];
        const batches = edges.slice(1).map((edge, index) => quotesOf(rows.slice(edges[index], edge)));

        expect(JSON.stringify(run(PROTECTED, { costs: COSTLY }, ...batches))).toBe(whole);
      }),
      { numRuns: 15 },
    );
  });

  it('comes to the same whether quiet quotes are skimmed or each is shown to the strategy', () => {
    const watchful = typeOf(() => ({ ...PROTECTED.create({}, EUR_USD), onQuote: () => [] }));

    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 3_000 }), (seed, rows) => {
        const quotes = quotesOf(walk(seed, rows));

        expect(JSON.stringify(run(PROTECTED, { costs: COSTLY }, quotes))).toBe(
          JSON.stringify(run(watchful, { costs: COSTLY }, quotes)),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('passes over prices before its start and from its end on', () => {
    const rows = walk(3, 600);
    const [from, until] = [WEDNESDAY + 100_000, WEDNESDAY + 400_000];

    const clipped = run(TURNING, { from, until }, quotesOf(rows));

    expect(clipped).toEqual(run(TURNING, { from, until }, quotesOf(rows.slice(100, 400))));
    expect(clipped.quotes).toBe(300);
  });

  it('has an end balance of what it started with and every trade, to the ten-thousandth', () => {
    for (const seed of [1, 2, 3]) {
      const result = run(PROTECTED, { costs: COSTLY }, quotesOf(walk(seed, 4_000)));

      // What is open at the end has paid its entry already: 0.70 for 20,000 units at 35 a million.
      const entries = result.openPositions * 7_000;
      const net = result.trades.reduce((sum, trade) => sum + netResult(trade), 0);
      expect(result.balance).toBe(SPEC.initialBalance + net - entries);
      expect(result.equity).toBe(result.balance + result.openPnl);
      expect(result.equityCurve.at(-1)).toEqual({ at: result.endsAt, equity: result.equity });
      expect(result.metrics.netProfit).toBe(result.equity - SPEC.initialBalance);
    }
  });

  it('has cost lines that are exactly what was lost against trading at the middle for nothing', () => {
    const rows = walk(5, 2_000);
    const middles = rows.map(([at, bid, ask]) => [at, (bid + ask) / 2, (bid + ask) / 2] as const);

    const costly = run(TURNING, { costs: COSTLY, until: WEDNESDAY + 1_990_000 }, quotesOf(rows));
    const free = run(TURNING, { until: WEDNESDAY + 1_990_000 }, quotesOf(middles));

    const { gross, spread, slippage, commission, financing, conversion, net } = costly.metrics.costs;
    expect(gross - spread - slippage - commission - financing - conversion).toBe(net);
    expect([spread, slippage, commission].every((cost) => cost > 0)).toBe(true);
    expect(costly.openPositions).toBe(1);
    expect(Math.abs(gross - free.metrics.netProfit)).toBeLessThanOrEqual(free.trades.length + 1);
  });

  it.each(['USD', 'EUR'] as const)('counts what leaving an open position would cost, in %s', (currency) => {
    const rows = [0, 1, 2].map(
      (row) => [WEDNESDAY + row * 1_000, 110_000 + row * 50, 110_010 + row * 50] as const,
    );
    const holding = onQuotes((_, count) => (count === 1 ? [open('long', 100_000)] : []));

    const { metrics, openPnl } = run(holding, { currency }, quotesOf(rows));

    // Bought at 1.10010, worth 1.10100: 90 points, and 100 between the middle prices.
    const rate = currency === 'USD' ? 1 : 1 / 1.10105;
    const { gross, spread, conversion, net } = metrics.costs;
    expect(net).toBe(openPnl);
    expect(gross / 10_000).toBeCloseTo(100 * rate, 1);
    expect(spread / 10_000).toBeCloseTo(10 * rate, 1);
    expect(conversion / 10_000).toBeCloseTo(currency === 'USD' ? 0 : 90 * rate * 0.005, 3);
  });

  it('gives each trade the slippage of its entry and its exit', () => {
    const rows = walk(5, 2_000);
    const { trades, metrics, openPositions } = run(TURNING, { costs: COSTLY }, quotesOf(rows));

    // 10,001 units that slip by two points twice, 0.20 each time.
    expect(trades.map(({ slippageCost }) => slippageCost)).toEqual(trades.map(() => 2 * 2_000));
    expect(metrics.costs.slippage).toBe((2 * trades.length + openPositions) * 2_000);
  });

  it('reports what conversion cost when the account is in the base currency', () => {
    const result = run(TURNING, { currency: 'EUR' }, quotesOf(walk(9, 2_000)));

    const { gross, spread, conversion, net } = result.metrics.costs;
    const pnl = result.trades.reduce((sum, trade) => sum + netResult(trade), 0);
    const traded = result.trades.reduce((sum, trade) => sum + trade.conversionCost, 0);
    expect(Math.abs(conversion - traded - Math.abs(result.openPnl) * 0.005)).toBeLessThan(1);
    expect(conversion).toBeGreaterThan(0);
    expect(gross - spread - conversion).toBe(net);
    expect(result.balance).toBe(SPEC.initialBalance + pnl);
  });

  it('keeps what is open at the end open, and counts its result', () => {
    const quotes = quotesOf([
      [WEDNESDAY, 110_000, 110_010],
      [WEDNESDAY + 1_000, 110_050, 110_060],
    ]);

    const result = run(
      onQuotes((_, count) => (count === 1 ? [open('long', 1_000)] : [])),
      {},
      quotes,
    );

    expect(result).toMatchObject({
      trades: [],
      openPositions: 1,
      openPnl: 4_000,
      balance: SPEC.initialBalance,
    });
    expect(result.metrics.netProfit).toBe(4_000);
  });

  it('notes the worst and best open result of a trade, its fill included', () => {
    const at = (second: number) => WEDNESDAY + second * 1_000;
    const quotes = quotesOf([
      [at(0), 110_000, 110_010],
      [at(1), 109_960, 109_970],
      [at(2), 110_100, 110_110],
      // A gap through the stop at 109,900.
      [at(3), 109_850, 109_860],
    ]);

    const result = run(
      onQuotes((_, count) => (count === 1 ? [open('long', 1_000, { stopLoss: 109_900 })] : [])),
      {},
      quotes,
    );

    // 110,010 is paid; the bid is 90 points above at best, and 160 below at the end: 0.90 and 1.60 dollars.
    expect(result.trades).toMatchObject([
      { mae: -16_000, mfe: 9_000, realizedPnl: -16_000, exitReason: 'stop_loss' },
    ]);
    expect(result.metrics.averageMaeR).toBeCloseTo(-160 / 110, 12);
  });

  it('lets a candle end before the quote that shows it: the decision meets the price that was in force', () => {
    const type = typeOf(() => ({
      granularities: ['M1'],
      onCandle: (_, { positions }) => (positions.length > 0 ? [] : [open('long', 1_000)]),
    }));
    const quotes = quotesOf([
      [WEDNESDAY, 110_000, 110_010],
      [WEDNESDAY + 59_000, 110_020, 110_030],
      [WEDNESDAY + 61_000, 110_500, 110_510],
    ]);

    const result = run(type, {}, quotes);

    expect(result.openPnl).toBe((110_500 - 110_030) * 100);
  });

  it('counts the orders that the risk rules denied', () => {
    const quotes = quotesOf(walk(1, 50));

    const result = run(
      onQuotes((_, count) => (count === 9 ? [open('long', 5_000)] : [])),
      { limits: { maxOrderUnits: 4_000 } },
      quotes,
    );

    expect(result.denials).toEqual({ 'order-units-exceeded': 1 });
    expect(result.trades).toEqual([]);
  });

  it('reports when the daily loss limit halted the account', () => {
    const quotes = quotesOf([
      [WEDNESDAY, 110_000, 110_010],
      [WEDNESDAY + 1_000, 109_000, 109_010],
    ]);

    const result = run(
      onQuotes((_, count) => (count === 1 ? [open('long', 10_000)] : [])),
      { limits: { maxDailyLoss: 500_000 } },
      quotes,
    );

    expect(result.halts).toEqual([{ at: WEDNESDAY + 1_000, code: 'daily-loss-exceeded' }]);
  });

  it('says so when the strategy threw, and reports what was until then', () => {
    const type = onQuotes((_, count) => {
      if (count === 3) throw new Error('no third quote, please');
      return count === 1 ? [open('long', 1_000)] : [];
    });

    const result = run(type, {}, quotesOf(walk(1, 10)));

    expect(result.strategyFailure).toMatchObject({ at: WEDNESDAY + 2_000 });
    expect(result.strategyFailure?.reason).toContain('no third quote');
    expect(result.quotes).toBe(10);
  });

  it('is empty, and not broken, without a price', () => {
    const result = run(TURNING, {});

    expect(result).toMatchObject({
      quotes: 0,
      balance: SPEC.initialBalance,
      equity: SPEC.initialBalance,
      trades: [],
    });
    expect(result.metrics.marketChange).toBeNull();
  });
});

describe('a strategy that acts on a fill inside a candle', () => {
  const times = Float64Array.from([WEDNESDAY, WEDNESDAY + 15 * MINUTE, WEDNESDAY + 30 * MINUTE]);
  const column = (...prices: number[]) => Int32Array.from(prices);
  const bids = {
    bidOpen: column(110_000, 110_010, 110_550),
    bidHigh: column(110_020, 110_600, 110_560),
    bidLow: column(109_990, 110_000, 110_540),
    bidClose: column(110_010, 110_550, 110_550),
  };
  const candles: CandleRows = {
    times,
    ...bids,
    askOpen: bids.bidOpen.map((price) => price + 10),
    askHigh: bids.bidHigh.map((price) => price + 10),
    askLow: bids.bidLow.map((price) => price + 10),
    askClose: bids.bidClose.map((price) => price + 10),
  };

  it('trades at the price and the time of the fill, whatever came before', () => {
    const seen: unknown[] = [];
    const type = typeOf(() => {
      let hasBegun = false;
      return {
        onQuote: ({ ask }) => {
          if (hasBegun) return [];
          hasBegun = true;
          return [open('long', 1_000, { takeProfit: ask + 100 })];
        },
        onFill: ({ reason, bid, ask, at }, { quote, at: now }) => {
          seen.push([reason, quote?.bid === bid, quote?.ask === ask, quote?.at === at, now === at]);
          return reason === 'take_profit' ? [open('long', 1_000, { takeProfit: bid + 110 })] : [];
        },
      };
    });
    const backtest = new Backtest(SPEC, type);
    backtest.feedCandles(candles, 'M15');

    const { trades, denials, openPositions } = backtest.finish();

    // The second target lies on the path, but the price may have turned before it got there: it waits for the close.
    expect(trades.map(({ entryPrice, exitPrice }) => [entryPrice, exitPrice])).toEqual([
      [110_010, 110_110],
      [110_120, 110_220],
    ]);
    expect(trades[1]?.openedAt).toBe(trades[0]?.closedAt);
    expect(denials).toEqual({});
    expect(openPositions).toBe(1);
    const followed = [true, true, true, true];
    expect(seen.slice(0, 4)).toEqual([
      ['market', ...followed],
      ['take_profit', ...followed],
      ['market', ...followed],
      ['take_profit', ...followed],
    ]);
  });
});

describe('a backtest on candles', () => {
  const candles = (...rows: readonly Prices[]): CandleRows =>
    candleBatch(rows.map((bid, row) => ({ at: WEDNESDAY + row * MINUTE, bid, ask: withSpread(bid, 10) })));
  const runCandles = (type: StrategyType, batch: CandleRows, granularity: Granularity = 'M1') => {
    const backtest = new Backtest(SPEC, type);
    backtest.feedCandles(batch, granularity);
    return backtest.finish();
  };
  const longAtFirst = (protection: Partial<OpenIntent>) =>
    onQuotes((_, count) => (count === 2 ? [open('long', 1_000, protection)] : []));

  it('fills a stop inside a candle at its trigger, and past a gap between candles at the open', () => {
    const quiet = [110_000, 110_010, 109_990, 110_000] as const;

    const inside = runCandles(
      longAtFirst({ stopLoss: 109_900 }),
      candles(quiet, [110_000, 110_020, 109_700, 109_800]),
    );
    const gap = runCandles(
      longAtFirst({ stopLoss: 109_900 }),
      candles(quiet, [109_850, 109_860, 109_700, 109_800]),
    );

    expect(inside.trades).toMatchObject([{ exitPrice: 109_900 }]);
    expect(gap.trades).toMatchObject([{ exitPrice: 109_850 }]);
  });

  it('takes the nearer extreme first when a candle reaches both stop and target', () => {
    const quiet = [110_000, 110_010, 109_990, 110_000] as const;
    const protection = { stopLoss: 109_900, takeProfit: 110_100 };

    const highFirst = runCandles(
      longAtFirst(protection),
      candles(quiet, [110_000, 110_150, 109_800, 110_000]),
    );
    const lowFirst = runCandles(
      longAtFirst(protection),
      candles(quiet, [110_000, 110_200, 109_850, 110_000]),
    );

    expect(highFirst.trades).toMatchObject([{ exitReason: 'take_profit', exitPrice: 110_100 }]);
    expect(lowFirst.trades).toMatchObject([{ exitReason: 'stop_loss', exitPrice: 109_900 }]);
  });

  it('lets a strategy keep the quotes that it saw: later candles change none of them', () => {
    const kept: (Quote | undefined)[] = [];
    const keeper = typeOf(() => ({
      granularities: ['M1'],
      onCandle: (_, { quote, quoteOf }) => {
        kept.push(quote, quoteOf('EUR_USD'));
        return [];
      },
    }));
    const closes = [110_000, 110_020, 109_990, 110_010, 110_005];

    runCandles(keeper, candles(...closes.map((close) => [110_000, 110_030, 109_980, close] as const)));

    // Nothing shows that the last candle is over.
    expect(kept.map((quote) => quote?.bid)).toEqual(closes.slice(0, -1).flatMap((close) => [close, close]));
  });

  /** Candles of one price from the week or day of an instant on, closed days left out. */
  const flatCandles = (
    granularity: Granularity,
    count: number,
    priceOf: (index: number) => number,
  ): CandleRows => {
    const times: number[] = [];
    for (
      let at = candleSpan(granularity, WEDNESDAY).startsAt;
      times.length < count;
      at = candleSpan(granularity, at).endsAt
    )
      if (granularity !== 'D' || isTradingDay(at)) times.push(at);
    return candleBatch(
      times.map((at, index) => {
        const price = priceOf(index);
        const bid: Prices = [price, price, price, price];
        return { at, bid, ask: withSpread(bid, 10) };
      }),
    );
  };
  /** Turns at the end of every candle. */
  const turningAtCandles = (granularity: Granularity) =>
    typeOf(() => {
      let isLong = false;
      return {
        granularities: [granularity],
        onCandle: (_, { positions }) => {
          isLong = !isLong;
          const closes = positions.map(
            ({ brokerPositionId }) => ({ type: 'close', brokerPositionId }) as const,
          );
          return [...closes, open(isLong ? 'long' : 'short', 1_000)];
        },
      };
    });

  it.each(['D', 'W', 'M'] as const)(
    'loses no signal of a %s candle that ends with the week',
    (granularity) => {
      const backtest = new Backtest({ ...SPEC, from: 0, until: Infinity }, turningAtCandles(granularity));
      backtest.feedCandles(
        flatCandles(granularity, 24, (index) => 110_000 + index * 100),
        granularity,
      );
      const result = backtest.finish();

      // The last candle ends with the data; the one before it turned once more.
      expect(result.trades).toHaveLength(22);
      expect(result.openPositions).toBe(1);
      expect([result.denials, result.cancellations]).toEqual([{}, {}]);
      expect(result.trades.filter(({ closedAt }) => !isMarketOpen('forex', closedAt))).toEqual([]);
    },
  );

  it('shows a strategy the stored candles themselves', () => {
    const rows = [
      [110_000, 110_050, 109_950, 110_020],
      [110_020, 110_030, 109_800, 109_810],
      [109_810, 109_900, 109_810, 109_890],
    ] as const;
    const seen: (readonly number[])[] = [];
    const type = typeOf(() => ({
      granularities: ['M1'],
      onCandle: ({ bidOpen, bidHigh, bidLow, bidClose }) => {
        seen.push([bidOpen, bidHigh, bidLow, bidClose]);
        return [];
      },
    }));

    runCandles(type, candles(...rows));

    // The last one ends with the data, and nothing says that it is over.
    expect(seen).toEqual(rows.slice(0, 2));
  });
});

describe('a signal on the last candle of a week', () => {
  const FRIDAY_CLOSE = Date.UTC(2024, 0, 5, 22);
  const SUNDAY_OPENING = Date.UTC(2024, 0, 7, 22, 3);

  it('is in the report, with what became of it', () => {
    const buysAtTheEnd = typeOf(() => ({
      granularities: ['H1'],
      onCandle: ({ endsAt }) => (endsAt === FRIDAY_CLOSE ? [open('long', 1_000)] : []),
    }));
    const times = [FRIDAY_CLOSE - 3_600_000, FRIDAY_CLOSE - 121_000, SUNDAY_OPENING, SUNDAY_OPENING + 1_000];
    const backtest = new Backtest(SPEC, buysAtTheEnd);
    backtest.feedQuotes({
      times: Float64Array.from(times),
      bid: Int32Array.from(times, () => 110_000),
      ask: Int32Array.from(times, () => 110_010),
    });
    const { closedMarket, openPositions } = backtest.finish();

    expect(openPositions).toBe(1);
    expect(closedMarket.entries).toMatchObject({ signals: 1, filled: 1, lapsed: 0, waiting: 0 });
    expect(closedMarket.exits).toMatchObject({ signals: 0, filled: 0 });
  });
});
