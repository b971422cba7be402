/** Replacing a resting order: judged like a new order, less the one whose place it takes. */

import { beforeEach, describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';

let account: LockStep;

const resting = () => [...account.engine.ledger.openOrders.values()];
const restingId = (): number => resting()[0]?.orderId ?? 0;

beforeEach(() => {
  account = new LockStep({ limits: { maxPositionUnits: 100_000 }, balance: 1_000_000_000 });
  account.quote(110_000);
  account.order({ side: 'buy', units: 80_000, price: 109_500 });
});

describe('a replacement', () => {
  it('may be as large as the ceiling, because the order that it replaces counts no more', () => {
    expect(account.order({ side: 'buy', units: 100_000, price: 109_400 }, restingId())).toEqual([
      'replaced',
      'order-created',
    ]);
    expect(resting()).toMatchObject([{ terms: { units: 100_000, price: 109_400 } }]);
  });

  it('beyond the ceiling is denied, and the old order stays', () => {
    expect(account.order({ side: 'buy', units: 100_001, price: 109_400 }, restingId())).toEqual([
      'position-units-exceeded',
    ]);
    expect(resting()).toMatchObject([{ terms: { units: 80_000 } }]);
  });

  it('that makes the order smaller passes beyond a ceiling that was lowered meanwhile', () => {
    account.engine.setLimits({ maxPositionUnits: 10_000 });

    expect(account.order({ side: 'buy', units: 20_000, price: 109_500 }, restingId())).toEqual([
      'replaced',
      'order-created',
    ]);
  });

  it('counts beside the old one while its answer is open', () => {
    const terms = {
      instrument: 'EUR_USD',
      orderType: 'limit',
      side: 'buy',
      units: 10_000,
      price: 109_400,
      timeInForce: 'GTC',
    } as const;
    const request = { id: 'new', terms, replaces: restingId(), decidedAt: account.engine.at };
    account.engine.step({ type: 'order-requested', request });

    expect(account.order({ side: 'buy', units: 10_001, price: 109_300 })).toEqual([
      'position-units-exceeded',
    ]);
  });

  it.each([
    ['an order that is not there', { side: 'buy', price: 109_400 }, 99, 'order-unknown'],
    ['an order of the other side', { side: 'sell', price: 110_400 }, 3, 'replacement-invalid'],
    [
      'an order of another type',
      { side: 'buy', orderType: 'stop', price: 110_400 },
      3,
      'replacement-invalid',
    ],
  ] as const)('of %s is denied', (_case, terms, replaces, code) => {
    expect(account.order({ units: 1_000, ...terms }, replaces)).toEqual([code]);
  });

  it('is denied while the account is halted: it would be new exposure', () => {
    const replaces = restingId();
    account.engine.step({ type: 'halt' });

    expect(account.order({ side: 'buy', units: 1_000, price: 109_400 }, replaces)).toEqual([
      'account-halted',
    ]);
  });

  it("of a strategy's order stays the strategy's", () => {
    account = new LockStep();
    const strategy = new ScriptedStrategy();
    account.attach(strategy);
    strategy.answerToQuote = [
      { type: 'open', orderType: 'limit', side: 'long', size: { units: 1_000 }, price: 109_000 },
    ];
    account.quote(110_000);

    account.order({ side: 'buy', units: 2_000, price: 109_100 }, restingId());

    expect(resting()).toMatchObject([{ strategyId: 's', createdBy: 'strategy', terms: { units: 2_000 } }]);
  });
});
