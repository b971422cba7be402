import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { CandleBuilder } from '../engine/candle-builder.ts';
import { netResult } from '../domain/trade.ts';
import { isMarketOpen } from '../domain/trading-hours.ts';
import { createPrng } from '../shared/prng.ts';
import { Backtest } from './run-backtest.ts';
import { candleBatch } from './testing/candle-batch.ts';
import type { Candle, CandleRows, Granularity } from '../domain/candle.ts';
import type { Quote, QuoteRows } from '../domain/quote.ts';
import type { OrderFilled } from '../domain/transaction.ts';
import type { Intent, OpenIntent, Strategy, StrategyType, StrategyView } from '../strategies/strategy.ts';
import type { BacktestResult } from './backtest-result.ts';
import type { BacktestSpec } from './backtest-spec.ts';

const FROM = Date.UTC(2024, 0, 1, 12);
const QUOTE_MS = 10_000;
const SPREAD = 10;
const UNITS = 10_000;
/** What a point of EUR_USD on 10,000 units is worth in ten-thousandths of a dollar. */
const MONEY_A_POINT = 1_000;

const SPEC: BacktestSpec = {
  strategyType: 'entering',
  parameters: {},
  instrument: 'EUR_USD',
  currency: 'USD',
  initialBalance: 1_000_000_0000,
  from: FROM,
  until: FROM + 400 * 86_400_000,
  costs: { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0 },
  limits: {},
  hedging: false,
  seed: 0,
};

/** Quotes of a walk that has no direction: whatever is done on it loses the spread, and no more or less. */
function driftlessWalk(seed: number, count: number): QuoteRows {
  const random = createPrng(seed);
  const times: number[] = [];
  const bids: number[] = [];
  let bid = 110_000;
  for (let at = FROM; times.length < count; at += QUOTE_MS) {
    if (!isMarketOpen('forex', at)) continue;
    bid += Math.floor(random() * 21) - 10;
    times.push(at);
    bids.push(bid);
  }
  return {
    times: Float64Array.from(times),
    bid: Int32Array.from(bids),
    ask: Int32Array.from(bids, (price) => price + SPREAD),
  };
}

function candlesOf({ times, bid, ask }: QuoteRows, granularity: Granularity): CandleRows {
  const builder = new CandleBuilder('EUR_USD', granularity);
  const candles: Candle[] = [];
  for (const [row, at] of times.entries()) {
    if (builder.endsAt <= at) candles.push(...[builder.close() ?? []].flat());
    builder.add({ instrument: 'EUR_USD', at, bid: bid[row] ?? 0, ask: ask[row] ?? 0 });
  }
  return candleBatch(
    candles.map((candle) => ({
      at: candle.startsAt,
      bid: [candle.bidOpen, candle.bidHigh, candle.bidLow, candle.bidClose],
      ask: [candle.askOpen, candle.askHigh, candle.askLow, candle.askClose],
    })),
  );
}

/** How an entry is protected: 1 is long, −1 short. */
type ProtectionOf = (side: 1 | -1, price: number) => Partial<OpenIntent>;

/** Which way to enter at once when a position closed by a fill, having been on `side`. */
type Reentry = (fill: OrderFilled, side: 1 | -1) => 1 | -1;

/** Enters at the end of a candle whenever it has nothing, long and short in turns, and where it is asked to at each exit. */
function entering(granularity: Granularity, protection: ProtectionOf, reentry?: Reentry) {
  return {
    name: 'entering',
    title: 'Entering',
    description: 'Enters whenever it has nothing.',
    parametersVersion: 1,
    stateVersion: 1,
    parametersSchema: Type.Object({}),
    checkParameters: () => [],
    warmUpCandles: () => 0,
    create: () => {
      let side: 1 | -1 = 1;
      const open = (next: 1 | -1, { bid, ask }: Quote): readonly Intent[] => {
        side = next;
        return [
          {
            type: 'open',
            side: side === 1 ? 'long' : 'short',
            size: { units: UNITS },
            orderType: 'market',
            ...protection(side, side === 1 ? bid : ask),
          },
        ];
      };
      return {
        granularities: [granularity],
        onCandle: (_, { positions, hasOpenOrder, quote }) =>
          hasOpenOrder || positions.length > 0 || !quote ? [] : open(side === 1 ? -1 : 1, quote),
        onFill: (fill, { positions, quote }) =>
          !reentry || fill.openedUnits > 0 || positions.length > 0 || !quote
            ? []
            : open(reentry(fill, side), quote),
        save: () => null,
        restore: () => undefined,
      };
    },
  } satisfies StrategyType;
}

/** Buys a fall and sells a rise of 40 points, and closes as far from its entry either way; decides at prices, or when it is woken. */
function swinging(granularity: Granularity, wakesEveryMs?: number): StrategyType {
  const create = (): Strategy => {
    let reference: number | undefined;
    let wakesAt = wakesEveryMs === undefined ? undefined : FROM;
    const decide = (view: StrategyView): readonly Intent[] => {
      const { quote, positions, hasOpenOrder } = view;
      if (!quote || hasOpenOrder) return [];
      reference ??= quote.bid;
      const [position] = positions;
      const moved =
        (position?.side === 'short' ? quote.ask : quote.bid) - (position?.entryPrice ?? reference);
      if (Math.abs(moved) < 40) return [];
      reference = quote.bid;
      if (position) return [{ type: 'close', brokerPositionId: position.brokerPositionId }];
      const side = moved < 0 ? 'long' : 'short';
      return [{ type: 'open', side, size: { units: UNITS }, orderType: 'market' }];
    };
    return {
      granularities: [granularity],
      onCandle: () => [],
      onQuote: (_, view) => (wakesEveryMs === undefined ? decide(view) : []),
      onClock: (at, view) => {
        wakesAt = at + (wakesEveryMs ?? 0);
        return decide(view);
      },
      get wakesAt() {
        return wakesAt;
      },
      save: () => null,
      restore: () => undefined,
    };
  };
  return { ...entering(granularity, () => ({})), create };
}

/** The mean result of a trade in points, with its standard error. */
function resultOf({ trades }: BacktestResult): { readonly mean: number; readonly error: number } {
  const points = trades.map((trade) => netResult(trade) / MONEY_A_POINT);
  const mean = points.reduce((sum, value) => sum + value, 0) / points.length;
  const squares = points.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares) / points.length };
}

describe('trading candles of a walk without direction', () => {
  const quotes = driftlessWalk(7, 300_000);
  const candles = {
    M1: candlesOf(quotes, 'M1'),
    M15: candlesOf(quotes, 'M15'),
    H1: candlesOf(quotes, 'H1'),
  };
  const protections = {
    'a trailing stop': () => ({ trailingDistance: 60 }),
    'a stop and a target': (side: number, price: number) => ({
      stopLoss: price - side * 60,
      takeProfit: price + side * 60,
    }),
    'a stop and a trailing stop': (side: number, price: number) => ({
      stopLoss: price - side * 90,
      trailingDistance: 120,
    }),
  };

  it.each(
    (['M1', 'M15', 'H1'] as const).flatMap((granularity) =>
      Object.entries(protections).map(([name, protection]) => ({ granularity, name, protection })),
    ),
  )('earns nothing from $granularity with $name', ({ granularity, protection }) => {
    const type = entering(granularity, protection);
    const onQuotes = new Backtest(SPEC, type);
    onQuotes.feedQuotes(quotes);
    const onCandles = new Backtest(SPEC, type);
    onCandles.feedCandles(candles[granularity], granularity);

    const fair = resultOf(onQuotes.finish());
    const { mean, error } = resultOf(onCandles.finish());

    expect(error).toBeGreaterThan(0);
    expect(mean).toBeLessThan(fair.mean + 3 * Math.hypot(error, fair.error));
    expect(mean).toBeLessThan(-SPREAD + 3 * error);
  });

  it.each(
    (['M1', 'M15', 'H1'] as const).flatMap((granularity) => [
      { granularity, when: 'every price', wakesEveryMs: undefined },
      { granularity, when: 'times of its own', wakesEveryMs: 1_000_000 },
    ]),
  )('earns nothing from $granularity by deciding at $when', ({ granularity, wakesEveryMs }) => {
    const backtest = new Backtest(SPEC, swinging(granularity, wakesEveryMs));
    backtest.feedCandles(candles[granularity], granularity);
    const report = backtest.finish();

    const { mean, error } = resultOf(report);

    expect(report.trades.length).toBeGreaterThan(200);
    expect(mean).toBeLessThan(-SPREAD + 3 * error);
  });

  const reentries: Record<string, Reentry> = {
    'the same way': (_, side) => side,
    'the other way': (_, side) => (side === 1 ? -1 : 1),
    // Up after a target of a long position and a stop of a short one: the way that the candle's path continues.
    'the way the price went': ({ reason }, side) => (reason === 'take_profit' ? side : side === 1 ? -1 : 1),
    'against the way the price went': ({ reason }, side) =>
      reason === 'take_profit' ? (side === 1 ? -1 : 1) : side,
  };
  const narrow: ProtectionOf = (side, price) => ({
    stopLoss: price - side * 40,
    takeProfit: price + side * 40,
  });

  it.each(
    (['M15', 'H1'] as const).flatMap((granularity) =>
      Object.entries(reentries).map(([way, reentry]) => ({ granularity, way, reentry })),
    ),
  )('earns nothing from $granularity by entering $way at every exit', ({ granularity, reentry }) => {
    const backtest = new Backtest(SPEC, entering(granularity, narrow, reentry));
    backtest.feedCandles(candles[granularity], granularity);
    const report = backtest.finish();

    const { mean, error } = resultOf(report);

    expect(report.trades.length).toBeGreaterThan(1_000);
    expect(report.denials).toEqual({});
    expect(mean).toBeLessThan(-SPREAD + 3 * error);
  });
});
