/** How an account is doing: results of day and week, the loss limit, and exposure. */

import { describe, expect, it } from 'vitest';
import { Engine } from './engine.ts';
import { countIds, TEN_O_CLOCK, TestAccount } from './testing/account.ts';
import { HOUR_MS, tradingDayStart, tradingWeekStart } from '../domain/trading-calendar.ts';
import { NOTHING_BOOKED } from '../domain/testing/nothing-booked.ts';
import type { OrderSide } from '../domain/order.ts';
import type { EngineOptions } from './engine-options.ts';
import type { PeriodFigures } from './period-starts.ts';

const BALANCE = 100_000_000;
/** 17:00 New York on Tuesday 5 March 2024, after ten o'clock UTC. */
const DAY_ENDS = 12 * HOUR_MS;

interface Order {
  readonly id?: string;
  readonly side?: OrderSide;
  readonly instrument?: string;
}

/** Opens 10,000 units at a price. */
function open(
  account: TestAccount,
  price: number,
  { id = 'o', side = 'buy', instrument = 'EUR_USD' }: Order = {},
) {
  const terms = { instrument, orderType: 'market', side, units: 10_000, timeInForce: 'FOK' } as const;
  const request = { id, terms, decidedAt: account.engine.at };
  account.engine.step({ type: 'order-requested', request });
  account.show(account.log.acceptAndFill(request, price));
}

/** What start, funds and result come to. */
function sumOf(period: PeriodFigures | undefined): number | undefined {
  return period && period.startEquity + period.fundsTransferred + period.result;
}

/** The values of the open positions, oldest first. */
function valuesOf({ engine }: TestAccount) {
  return [...engine.ledger.openPositions.keys()].map((number) => engine.valueOf(number));
}

function optionsOf(limits: EngineOptions['limits'] = {}): EngineOptions {
  return { currency: 'USD', limits, conversionMarkup: 0, hedging: false, newId: countIds('b') };
}

describe('the results of day and week', () => {
  it('are nothing for an account that was just opened, and what it was paid is no result', () => {
    const { day, week } = new TestAccount().engine.figures();

    expect(day).toEqual({
      startsAt: tradingDayStart(TEN_O_CLOCK),
      measuredAt: TEN_O_CLOCK,
      startEquity: 0,
      fundsTransferred: BALANCE,
      result: 0,
    });
    expect(week).toEqual({ ...day, startsAt: tradingWeekStart(TEN_O_CLOCK) });
  });

  it('are what equity changed by since, open result included and payments left out', () => {
    const account = new TestAccount();
    account.quote(1_000, 110_000);
    open(account, 110_010);
    account.quote(2_000, 110_110);
    account.show(account.log.transfer(-5_000_000));

    const { day } = account.engine.figures();

    // 10,000 units gain 100 points of 0.00001.
    expect(day).toMatchObject({ startEquity: 0, fundsTransferred: BALANCE - 5_000_000, result: 100_000 });
    expect(sumOf(day)).toBe(account.engine.equity());
  });

  it('count from 17:00 New York: the day starts again, the week goes with all of it', () => {
    const account = new TestAccount();
    account.quote(1_000, 110_000);
    open(account, 110_010);
    account.quote(DAY_ENDS - HOUR_MS, 110_110);
    account.clock(DAY_ENDS);
    account.quote(DAY_ENDS + 6 * HOUR_MS, 110_060);

    const { day, week } = account.engine.figures();

    expect(day).toEqual({
      startsAt: TEN_O_CLOCK + DAY_ENDS,
      measuredAt: TEN_O_CLOCK + DAY_ENDS,
      startEquity: BALANCE + 100_000,
      fundsTransferred: 0,
      result: -50_000,
    });
    expect(week).toMatchObject({ startEquity: 0, fundsTransferred: BALANCE, result: 50_000 });
  });

  it('of the week start again on Friday at 17:00 New York', () => {
    const account = new TestAccount();
    account.quote(1_000, 110_000);
    account.clock(DAY_ENDS + 72 * HOUR_MS);

    expect(account.engine.figures().week).toMatchObject({
      startsAt: tradingWeekStart(TEN_O_CLOCK) + 168 * HOUR_MS,
      startEquity: BALANCE,
    });
  });

  it('survive a restart, and are not measured again by one', () => {
    const account = new TestAccount();
    account.quote(1_000, 110_000);
    account.clock(DAY_ENDS);
    account.quote(DAY_ENDS + 6 * HOUR_MS, 110_000);
    open(account, 110_010);
    account.quote(DAY_ENDS + 7 * HOUR_MS, 110_110);
    const restarted = new Engine(optionsOf());
    restarted.absorb(account.log.transactions);
    restarted.restoreState(account.engine.saveState());

    expect(restarted.figures()).toEqual(account.engine.figures());
    expect(restarted.figures().day).toMatchObject({ measuredAt: TEN_O_CLOCK + DAY_ENDS, result: 100_000 });
  });

  it('are measured from the first price on after a stop over the end of the day without their state', () => {
    const account = new TestAccount();
    account.quote(1_000, 110_000);
    open(account, 110_010);
    const restarted = new Engine(optionsOf());
    restarted.absorb(account.log.transactions);
    restarted.step({ type: 'clock', at: TEN_O_CLOCK + DAY_ENDS, pricesAliveAt: 0 });
    expect(restarted.figures()).toMatchObject({ day: undefined, exposure: undefined });

    const at = TEN_O_CLOCK + DAY_ENDS + 6 * HOUR_MS;
    restarted.step({ type: 'quote', quote: { instrument: 'EUR_USD', at, bid: 110_110, ask: 110_120 } });

    expect(restarted.figures().day).toMatchObject({
      measuredAt: at,
      startEquity: BALANCE + 100_000,
      result: 0,
    });
  });

  it('and the loss limit leave out what was lost before the account was taken over', () => {
    const engine = new Engine(optionsOf({ maxDailyLoss: 50_000 }));
    const position = {
      brokerPositionId: 3,
      instrument: 'EUR_USD',
      side: 'long',
      initialUnits: 10_000,
      openUnits: 10_000,
      entryPrice: 110_110,
      ...NOTHING_BOOKED,
      openedAt: TEN_O_CLOCK - HOUR_MS,
    } as const;
    engine.absorb([
      {
        type: 'account-adopted',
        id: 9,
        batchId: 9,
        at: TEN_O_CLOCK,
        currency: 'USD',
        balance: BALANCE,
        positions: [position],
        orders: [],
      },
    ]);
    const quote = { instrument: 'EUR_USD', at: TEN_O_CLOCK + 1_000, bid: 110_010, ask: 110_020 };

    expect(engine.step({ type: 'quote', quote })).toEqual([]);
    expect(engine.figures()).toMatchObject({
      day: { startEquity: BALANCE - 100_000, fundsTransferred: 0, result: 0 },
      lossLimits: [{ name: 'maxDailyLoss', loss: 0, isReached: false }],
    });
  });
});

describe('the distance to the loss limit', () => {
  it('is the loss so far, below zero for a gain, and absent without a limit', () => {
    const account = new TestAccount({ limits: { maxDailyLoss: 60_000 } });
    account.quote(1_000, 110_000);
    open(account, 110_010);
    account.quote(2_000, 110_060);
    expect(account.engine.figures().lossLimits).toEqual([
      { name: 'maxDailyLoss', limit: 60_000, loss: -50_000, isReached: false },
    ]);

    account.quote(3_000, 109_950);
    expect(account.engine.figures().lossLimits).toEqual([
      { name: 'maxDailyLoss', limit: 60_000, loss: 60_000, isReached: true },
    ]);

    account.engine.step({ type: 'resume' });
    expect(account.engine.figures()).toMatchObject({
      lossLimits: [{ name: 'maxDailyLoss', loss: 0, isReached: false }],
      day: { result: -60_000 },
    });

    account.engine.setLimits({});
    expect(account.engine.figures().lossLimits).toEqual([]);
  });
});

describe('the exposure', () => {
  it('nets each currency over all instruments at middle prices, and comes to nothing in the end', () => {
    const account = new TestAccount({ hedging: true });
    account.quote(1_000, 110_000);
    account.quote(1_000, 127_000, { instrument: 'GBP_USD' });
    account.quote(1_000, 150_000, { instrument: 'USD_JPY' });
    open(account, 110_010, { id: 'e' });
    open(account, 127_000, { id: 'g', instrument: 'GBP_USD', side: 'sell' });
    open(account, 150_010, { id: 'j', instrument: 'USD_JPY' });

    const { exposure = [] } = account.engine.figures();

    expect(exposure).toEqual([
      { currency: 'EUR', amount: 100_000_000, value: 110_005_000 },
      { currency: 'GBP', amount: -100_000_000, value: -127_005_000 },
      { currency: 'JPY', amount: -15_000_500_000, value: -100_000_000 },
      { currency: 'USD', amount: 117_000_000, value: 117_000_000 },
    ]);
    expect(exposure.reduce((sum, { value }) => sum + value, 0)).toBe(0);
  });

  it('is empty where nothing is open, and where both sides are equal', () => {
    const account = new TestAccount({ hedging: true });
    account.quote(1_000, 110_000);
    expect(account.engine.figures().exposure).toEqual([]);

    open(account, 110_010, { id: 'l' });
    open(account, 110_000, { id: 's', side: 'sell' });
    expect(account.engine.figures().exposure).toEqual([]);
  });
});

describe('the value of a position', () => {
  it('is what closing it would bring: at the bid for a long one, at the ask for a short one', () => {
    const account = new TestAccount({ hedging: true });
    account.quote(1_000, 110_000);
    open(account, 110_010, { id: 'l' });
    open(account, 110_000, { id: 's', side: 'sell' });
    account.quote(2_000, 110_100);

    expect(valuesOf(account)).toEqual([
      { price: 110_100, unrealizedPnl: 90_000 },
      { price: 110_110, unrealizedPnl: -110_000 },
    ]);
    expect(account.engine.valueOf(1)).toBeUndefined();
    expect(account.engine.snapshot().unrealizedPnl).toBe(-20_000);
  });

  it('is converted as it would be booked, and not known without a price to convert by', () => {
    const account = new TestAccount({ conversionMarkup: 0.01 });
    account.quote(1_000, 150_000, { instrument: 'USD_JPY' });
    account.quote(1_000, 86_000, { instrument: 'EUR_GBP' });
    open(account, 86_010, { instrument: 'EUR_GBP' });
    expect(valuesOf(account)).toEqual([undefined]);

    account.quote(2_000, 126_995, { instrument: 'GBP_USD' });

    // 10,000 units lose 10 points of 0.00001 GBP at 1.27 and one percent.
    expect(valuesOf(account)).toEqual([{ price: 86_000, unrealizedPnl: -12_827 }]);
    expect(account.engine.snapshot().unrealizedPnl).toBe(-12_827);
  });
});
