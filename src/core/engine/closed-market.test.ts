/** Quotes of a closed market: they move time, and nothing else. */

import { describe, expect, it } from 'vitest';
import { Backtest } from '../backtest/run-backtest.ts';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { Type } from 'typebox';
import { DEFAULT_COSTS } from '../simulation/costs.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import type { StrategyType } from '../strategies/strategy.ts';

const FRIDAY_EVENING = Date.UTC(2024, 2, 8, 20);
const FRIDAY_CLOSE = Date.UTC(2024, 2, 8, 21, 58);
const SATURDAY_NOON = Date.UTC(2024, 2, 9, 12);
const SUNDAY_OPENING = Date.UTC(2024, 2, 10, 21, 3);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const SPEC = {
  strategyType: 'buys-once',
  parameters: {},
  instrument: 'EUR_USD',
  currency: 'USD',
  initialBalance: 100_000_000,
  from: FRIDAY_EVENING,
  until: FRIDAY_EVENING + 30 * 24 * HOUR,
  costs: DEFAULT_COSTS,
  limits: { maxDailyLoss: 50_000_000 },
  hedging: false,
  seed: 1,
} as const;

const buysOnce: StrategyType = {
  name: 'buys-once',
  title: 'Buys once',
  description: 'Buys at the first quote and watches candles of an hour.',
  parametersVersion: 1,
  stateVersion: 1,
  parametersSchema: Type.Object({}),
  checkParameters: () => [],
  warmUpCandles: () => 0,
  create: () => {
    const strategy = new ScriptedStrategy('H1');
    strategy.answerToQuote = [{ type: 'open', side: 'long', size: { units: 10_000 }, orderType: 'market' }];
    return strategy;
  },
};

describe('a quote of a closed market', () => {
  it('makes no candle, and no strategy sees it', () => {
    const account = new LockStep({ startsAt: FRIDAY_EVENING });
    const strategy = new ScriptedStrategy('H1');
    account.attach(strategy);
    account.quote(110_000, { at: FRIDAY_EVENING });
    account.quote(110_100, { at: FRIDAY_CLOSE - 1 });
    account.quote(90_000, { at: FRIDAY_CLOSE });
    account.quote(90_000, { at: SATURDAY_NOON });
    account.quote(90_000, { at: SATURDAY_NOON + 2 * HOUR });
    const seen = strategy.quotes.length;
    account.quote(110_200, { at: SUNDAY_OPENING });
    account.quote(110_210, { at: SUNDAY_OPENING + HOUR });

    expect(seen).toBe(2);
    expect(strategy.candles.map(({ startsAt, bidClose }) => [startsAt, bidClose])).toEqual([
      [FRIDAY_EVENING, 110_000],
      [FRIDAY_EVENING + HOUR, 110_100],
      [SUNDAY_OPENING - 3 * MINUTE, 110_200],
    ]);
  });

  it('moves no equity on either side, trips no limit and cancels nothing', () => {
    const account = new LockStep({
      startsAt: FRIDAY_EVENING,
      limits: { maxDailyLoss: 1_000_000 },
      financing: false,
    });
    account.quote(110_000, { at: FRIDAY_EVENING });
    account.order({ side: 'buy', units: 10_000 });
    account.order({ side: 'buy', units: 1_000, price: 109_000 });
    const { nav } = account.engine.snapshot();

    account.quote(100_000, { at: SATURDAY_NOON });

    expect(account.notes).toEqual([]);
    expect([account.engine.snapshot().nav, account.exchange.snapshot().nav]).toEqual([nav, nav]);
    expect(account.engine.ledger.openOrders.size).toBe(1);
    expect(account.engine.quoteOf('EUR_USD')?.bid).toBe(110_000);

    account.quote(100_000, { at: SUNDAY_OPENING });
    expect(account.codes).toEqual(['daily-loss-exceeded']);
  });

  it('that is late moves nothing after the opening either', () => {
    const account = new LockStep({ startsAt: FRIDAY_EVENING });
    account.quote(110_000, { at: FRIDAY_EVENING });
    account.clock(SUNDAY_OPENING);

    account.quote(90_000, { at: SATURDAY_NOON });

    expect(account.engine.quoteOf('EUR_USD')?.bid).toBe(110_000);
    expect(account.exchange.saveState().quotes[0]?.bid).toBe(110_000);
  });

  it('leaves the price of before the weekend too old to trade on, however alive the stream is', () => {
    const account = new LockStep({ startsAt: FRIDAY_EVENING });
    account.quote(110_000, { at: FRIDAY_CLOSE - 1 });
    account.quote(110_000, { at: SATURDAY_NOON });
    account.clock(SUNDAY_OPENING + 1);

    expect(account.order({ side: 'buy', units: 1_000 })).toEqual(['stale-quote']);
    account.quote(110_000, { at: SUNDAY_OPENING + 2 });
    expect(account.order({ side: 'buy', units: 1_000 })).toEqual(['order-created', 'order-filled']);
  });

  it('leaves no trace in a backtest', () => {
    const rows = [
      [FRIDAY_EVENING, 110_000],
      [FRIDAY_EVENING + 1_000, 110_000],
      [SATURDAY_NOON, 90_000],
      [SATURDAY_NOON + 1_000, 130_000],
      [SUNDAY_OPENING, 110_100],
      [SUNDAY_OPENING + 1_000, 110_100],
      [SUNDAY_OPENING + 10 * 24 * HOUR, 90_000],
      [SUNDAY_OPENING + 13 * 24 * HOUR, 50_000],
    ];
    const run = (kept: readonly (readonly number[])[]): unknown => {
      // Time passes with such a quote all the same, and a position held past 17:00 is charged.
      const backtest = new Backtest({ ...SPEC, costs: { ...SPEC.costs, financing: false } }, buysOnce);
      backtest.feedQuotes({
        times: Float64Array.from(kept, ([at = 0]) => at),
        bid: Int32Array.from(kept, ([, bid = 0]) => bid),
        ask: Int32Array.from(kept, ([, bid = 0]) => bid + 10),
      });
      return { ...backtest.finish(), quotes: 0 };
    };

    expect(run(rows)).toEqual(run(rows.filter((_, index) => ![2, 3, 7].includes(index))));
  });
});

describe('a holiday', () => {
  const CHRISTMAS_EVE = Date.UTC(2024, 11, 24, 21);
  const CHRISTMAS_NOON = Date.UTC(2024, 11, 25, 17);
  const REOPENING = Date.UTC(2024, 11, 25, 22, 3);

  it('is a closed market: its quotes move nothing, and prices from before it are none any more', () => {
    const account = new LockStep({ startsAt: CHRISTMAS_EVE });
    const strategy = new ScriptedStrategy('H1');
    account.attach(strategy);
    account.quote(110_000, { at: CHRISTMAS_EVE });
    const seen = strategy.quotes.length;
    const equity = account.engine.equity();

    account.quote(90_000, { at: CHRISTMAS_NOON });
    expect(strategy.quotes).toHaveLength(seen);
    expect(account.engine.equity()).toBe(equity);
    expect(account.engine.isTradable('EUR_USD', CHRISTMAS_NOON)).toBe(false);

    account.quote(110_100, { at: REOPENING });
    expect(strategy.quotes).toHaveLength(seen + 1);
    expect(account.engine.isTradable('EUR_USD', REOPENING)).toBe(true);
    // The price from before the holiday is no price any more.
    expect(account.engine.isTradable('EUR_USD', CHRISTMAS_EVE)).toBe(false);
  });
});
