/** The pause around 17:00 New York: its quotes are those of a closed market, to the engine and to the exchange. */

import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { Backtest } from '../backtest/run-backtest.ts';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { DEFAULT_COSTS } from '../simulation/costs.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import type { Strategy, StrategyType } from '../strategies/strategy.ts';

/** Tuesday, 5 March 2024; 17:00 in New York is 22:00 UTC. */
const DAY_END = Date.UTC(2024, 2, 5, 22);
const MINUTE = 60_000;
const PAUSE = DAY_END - 2 * MINUTE;
const OPENING = DAY_END + 3 * MINUTE;
const GOLD = { instrument: 'XAU_USD' };
const GOLD_OPENING = OPENING + 60 * MINUTE;

const orderTypes = (account: LockStep): readonly string[] =>
  account.log.flatMap((entry) =>
    entry.type === 'order-filled' ? [`${entry.reason} at ${entry.price}`] : [],
  );

describe('in the pause', () => {
  it('a quote values nothing, moves no candle and fills nothing', () => {
    const account = new LockStep();
    const strategy = new ScriptedStrategy('M5');
    account.attach(strategy);
    account.quote(110_000, { at: PAUSE - 8 * MINUTE });
    account.order({ side: 'buy', units: 1_000, stopLoss: 109_000, takeProfit: 111_000 });
    account.order({ side: 'buy', units: 1_000, price: 108_000 });
    const equity = account.engine.equity();
    const seen = strategy.quotes.length;

    for (const at of [PAUSE, DAY_END, OPENING - 1]) {
      account.quote(100_000, { at });
      account.quote(120_000, { at });
    }

    expect(strategy.quotes).toHaveLength(seen);
    // What holding overnight costs is all that changed.
    expect(equity - account.engine.equity()).toBe(1_281);
    expect(account.exchange.equity).toBe(account.engine.equity());
    expect(account.engine.ledger.openOrders.size).toBe(3);
    expect(orderTypes(account)).toEqual(['market at 110010']);
    account.quote(110_100, { at: OPENING });
    account.quote(110_100, { at: OPENING + 2 * MINUTE });
    expect(strategy.candles.map(({ bidHigh, bidLow, quotes }) => [bidLow, bidHigh, quotes])).toEqual([
      [110_000, 110_000, 1],
      [110_100, 110_100, 1],
    ]);
  });

  it('what was triggered by then fills at the first quote after it, at the gap', () => {
    const account = new LockStep();
    account.quote(110_000, { at: PAUSE - 1 });
    account.order({ side: 'buy', units: 1_000, stopLoss: 109_000 });
    account.quote(105_000, { at: PAUSE });
    account.quote(108_000, { at: OPENING });

    expect(orderTypes(account)).toEqual(['market at 110010', 'stop_loss at 108000']);
  });

  it('a market order is cancelled by the exchange, and an entry denied by the rules', () => {
    const account = new LockStep();
    account.quote(110_000, { at: PAUSE - 1 });
    account.order({ side: 'buy', units: 1_000 });
    account.clock(PAUSE);

    expect(account.order({ side: 'buy', units: 1_000 })).toEqual(['market-closed']);
    account.closeOldest();
    expect(account.log.at(-1)).toMatchObject({ type: 'order-cancelled', reason: 'market-halted' });
  });

  it('the day is charged at 17:00, at the last price of before the pause', () => {
    const account = new LockStep();
    account.quote(109_995, { at: PAUSE - 1 });
    account.order({ side: 'buy', units: 100_000 });
    account.quote(200_000, { at: PAUSE });
    account.clock(DAY_END);

    // 100,000 × 1.1 × 4.25 % / 365
    expect(account.log.at(-1)).toMatchObject({
      type: 'financing-charged',
      at: DAY_END,
      amount: -128_082,
    });
  });

  it('gold is closed an hour longer than forex', () => {
    const account = new LockStep();
    account.quote(110_000, { at: PAUSE - 1 });
    account.quote(2_000_000, { ...GOLD, at: PAUSE - 1 });
    account.quote(110_000, { at: OPENING });
    account.quote(2_000_000, { ...GOLD, at: OPENING });

    expect(account.order({ side: 'buy', units: 1_000 })).toEqual(['order-created', 'order-filled']);
    expect(account.order({ ...GOLD, side: 'buy', units: 1 })).toEqual(['market-closed']);
    account.quote(110_000, { at: GOLD_OPENING });
    account.quote(2_000_000, { ...GOLD, at: GOLD_OPENING });
    expect(account.order({ ...GOLD, side: 'buy', units: 1 })).toEqual(['order-created', 'order-filled']);
  });
});

describe('a backtest over the pause', () => {
  const spec = {
    strategyType: 'drawn',
    parameters: {},
    instrument: 'EUR_USD',
    currency: 'USD',
    initialBalance: 100_000_000,
    from: PAUSE - 60 * MINUTE,
    until: OPENING + 60 * MINUTE,
    costs: DEFAULT_COSTS,
    limits: {},
    hedging: false,
    seed: 1,
  } as const;

  function typeOf(strategy: Strategy): StrategyType {
    return {
      name: 'drawn',
      title: 'Drawn',
      description: 'Does what the test says.',
      parametersVersion: 1,
      stateVersion: 1,
      parametersSchema: Type.Object({}),
      checkParameters: () => [],
      warmUpCandles: () => 0,
      create: () => strategy,
    };
  }

  it('leaves its quotes out, also where quotes are passed over', () => {
    const lows: number[] = [];
    const strategy: Strategy = {
      granularities: ['H1'],
      onCandle: ({ bidLow }) => {
        lows.push(bidLow);
        return [];
      },
      save: () => null,
      restore: () => undefined,
    };
    const backtest = new Backtest(spec, typeOf(strategy));
    const times = Array.from({ length: 124 }, (_, index) => spec.from + index * MINUTE);
    const bids = times.map((at) => (at >= PAUSE && at < OPENING ? 90_000 : 110_000));
    backtest.feedQuotes({
      times: Float64Array.from(times),
      bid: Int32Array.from(bids),
      ask: Int32Array.from(bids, (bid) => bid + 10),
    });

    const { quotes } = backtest.finish();
    expect(quotes).toBe(124);
    expect(lows).toEqual([110_000, 110_000]);
  });

  it('decides at 17:00 and trades at the first price after it', () => {
    const strategy = new ScriptedStrategy('H1');
    strategy.answerToCandle = [{ type: 'open', side: 'long', size: { units: 1_000 }, orderType: 'market' }];
    const backtest = new Backtest(spec, typeOf(strategy));
    const times = [PAUSE - 59 * MINUTE, PAUSE - 1, DAY_END, OPENING, OPENING + MINUTE];
    const bids = [110_000, 110_000, 110_300, 110_500, 110_600];
    backtest.feedQuotes({
      times: Float64Array.from(times),
      bid: Int32Array.from(bids),
      ask: Int32Array.from(bids, (bid) => bid + 10),
    });

    expect(backtest.finish()).toMatchObject({ denials: {}, cancellations: {}, openPositions: 1 });
  });
});
