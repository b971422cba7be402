/** What holding positions overnight costs in a backtest: in the balance, the trades, the costs and the equity, at 17:00 New York. */

import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { createPrng } from '../shared/prng.ts';
import { isTradingDay } from '../domain/trading-calendar.ts';
import { findStrategyType } from '../strategies/registry.ts';
import { present } from '../shared/assert.ts';
import { Backtest } from './run-backtest.ts';
import { candleBatch, withSpread } from './testing/candle-batch.ts';
import type { StrategyType } from '../strategies/strategy.ts';
import type { BacktestResult } from './backtest-result.ts';
import type { BacktestSpec } from './backtest-spec.ts';
import type { CandleRow, Prices } from './testing/candle-batch.ts';

const HOUR = 3_600_000;
/** Monday; in winter 17:00 in New York is 22:00 UTC. */
const MONDAY = Date.UTC(2024, 0, 8, 12);
const MONDAY_END = Date.UTC(2024, 0, 8, 22);

const SPEC: BacktestSpec = {
  strategyType: 'holds',
  parameters: {},
  instrument: 'EUR_USD',
  currency: 'USD',
  initialBalance: 100_000_000,
  from: MONDAY,
  until: MONDAY + 30 * 24 * HOUR,
  costs: { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0.005 },
  limits: {},
  hedging: false,
  seed: 1,
};

/** Buys 10,000 at the first quote and sells them at the fourth. */
const HOLDS: StrategyType = {
  name: 'holds',
  title: 'Holds',
  description: 'Does what the test says.',
  parametersVersion: 1,
  stateVersion: 1,
  parametersSchema: Type.Object({}),
  checkParameters: () => [],
  warmUpCandles: () => 0,
  create: () => {
    let count = 0;
    return {
      granularities: [],
      onCandle: () => [],
      onQuote: (_, { positions }) => {
        count += 1;
        if (count === 1)
          return [{ type: 'open', side: 'long', size: { units: 10_000 }, orderType: 'market' }];
        return count === 4
          ? positions.map(({ brokerPositionId }) => ({ type: 'close', brokerPositionId }))
          : [];
      },
      save: () => null,
      restore: () => undefined,
    };
  },
};

function hold(costs: Partial<BacktestSpec['costs']>, at: readonly number[]): BacktestResult {
  const backtest = new Backtest({ ...SPEC, costs: { ...SPEC.costs, ...costs } }, HOLDS);
  backtest.feedQuotes({
    times: Float64Array.from(at),
    bid: Int32Array.from(at, () => 109_995),
    ask: Int32Array.from(at, () => 110_005),
  });
  return backtest.finish();
}

/** Monday noon, after its end, Thursday noon: Wednesday charges three days. */
const TIMES = [0, 11, 12, 72, 73].map((hour) => MONDAY + hour * HOUR);
const perDay = Math.round((10_000 * 1.1 * 0.0425 * 10_000) / 365);
const perThree = Math.round((3 * 10_000 * 1.1 * 0.0425 * 10_000) / 365);

describe('a position held overnight', () => {
  it('is charged: the line of the costs, the trade and the balance agree', () => {
    const result = hold({}, TIMES);

    const charged = 2 * perDay + perThree;
    expect(result.metrics.costs).toMatchObject({ financing: charged, gross: 0, net: -charged - 10_000 });
    expect(result.trades.map(({ financing }) => financing)).toEqual([-charged]);
    expect(result.balance).toBe(100_000_000 - 10_000 - charged);
  });

  it('has the charge in its equity at 17:00 New York, before the next price', () => {
    const { equityCurve } = hold({}, TIMES);

    expect(equityCurve).toContainEqual({ at: MONDAY_END, equity: 100_000_000 - 10_000 - perDay });
  });

  it('is not charged where the costs say so, and at their rates where they give some', () => {
    const rates = { longRate: 0.01, shortRate: -0.5 };

    expect(hold({ financing: false }, TIMES).metrics.costs).toMatchObject({ financing: 0, net: -10_000 });
    const brought = [1, 1, 3].map((days) => Math.round((days * 10_000 * 1.1 * 0.01 * 10_000) / 365));
    expect(hold({ financing: rates }, TIMES).metrics.costs.financing).toBe(
      -brought.reduce((sum, amount) => sum + amount, 0),
    );
  });

  it('that is still open at the end has its charges in the net profit', () => {
    const { metrics, equity, openPositions } = hold({}, TIMES.slice(0, 3));

    expect(openPositions).toBe(1);
    expect(metrics.costs).toMatchObject({ financing: perDay, spread: 10_000, net: -perDay - 10_000 });
    expect(equity).toBe(100_000_000 - 10_000 - perDay);
  });
});

describe('twelve years of hours', () => {
  it('with trend_following show the line of financing, and all lines add up to the net profit', () => {
    const type = present(findStrategyType('trend_following'), 'trend_following');
    const parameters = Object.fromEntries(
      Object.entries(type.parametersSchema.properties).map(([name, schema]) => [
        name,
        (schema as { default?: string | number | boolean }).default ?? 0,
      ]),
    );
    const rows = hours(Date.UTC(2012, 0, 2), 12 * 365 * 24);
    const spec = { ...SPEC, parameters, from: Date.UTC(2012, 0, 1), until: Date.UTC(2024, 0, 1) };
    const backtest = new Backtest(spec, type);
    backtest.feedCandles(candleBatch(rows), 'H1');
    const { metrics, trades, equity, initialBalance } = backtest.finish();

    expect(trades.length).toBeGreaterThan(50);
    expect(metrics.costs.financing).toBeGreaterThan(0);
    const { gross, spread, slippage, commission, financing, conversion, net } = metrics.costs;
    expect(gross - spread - slippage - commission - financing - conversion).toBe(net);
    expect(initialBalance + net).toBe(equity);
  });
});

/** Candles of a random walk, as many as there are hours; those of closed hours are left out. */
function hours(from: number, count: number): readonly CandleRow[] {
  const random = createPrng(7);
  let open = 120_000;
  return Array.from({ length: count }, (_, hour) => from + hour * HOUR).flatMap((at) => {
    if (!isTradingDay(at)) return [];
    const close = Math.max(60_000, open + Math.round((random() - 0.5) * 300));
    const high = Math.max(open, close) + Math.round(random() * 80);
    const low = Math.min(open, close) - Math.round(random() * 80);
    const bid: Prices = [open, high, low, close];
    open = close;
    return [{ at, bid, ask: withSpread(bid, 12) }];
  });
}
