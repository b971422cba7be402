/** Closing a net position as one request, and orders that protect a position by themselves: engine and exchange together. */

import { beforeEach, describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import type { CloseOutRequest, OrderTerms } from '../domain/order.ts';

let account: LockStep;
let ids = 0;

beforeEach(() => {
  account = new LockStep();
  account.quote(110_000);
});

function closeOut(request: Partial<CloseOutRequest> = {}): readonly string[] {
  const { at } = account.engine;
  const closing = { id: `c${(ids += 1)}`, instrument: 'EUR_USD', decidedAt: at, ...request };
  return account.ask({ type: 'close-out-requested', request: closing });
}

describe('closing a net position', () => {
  it('closes all of its lots with one order', () => {
    account.order({ side: 'buy', units: 1_000 });
    account.order({ side: 'buy', units: 2_000 });

    expect(closeOut()).toEqual([]);

    expect(account.positions).toEqual([]);
    expect(account.log.at(-1)).toMatchObject({ type: 'order-filled', reason: 'close', units: 3_000 });
  });

  it('closes some units of it, the oldest lots first', () => {
    account.order({ side: 'sell', units: 1_000 });
    account.order({ side: 'sell', units: 2_000 });

    closeOut({ units: 1_500 });

    expect(account.positions).toEqual(['short 1500']);
  });

  it.each<[string, Partial<CloseOutRequest>, string]>([
    ['no such instrument', { instrument: 'EUR_XXX' }, 'instrument-unknown'],
    ['nothing open in the instrument', { instrument: 'GBP_USD' }, 'position-unknown'],
    ['nothing open on the side', { side: 'short' }, 'position-unknown'],
    ['more units than are open', { units: 1_001 }, 'close-units-exceed-position'],
    ['no units', { units: 0 }, 'units-invalid'],
  ])('is denied with %s', (_case, request, code) => {
    account.order({ side: 'buy', units: 1_000 });

    expect(closeOut(request)).toEqual([code]);
    expect(account.positions).toEqual(['long 1000']);
  });

  it('needs the side where a hedging account has both', () => {
    account = new LockStep({ hedging: true });
    account.quote(110_000);
    account.order({ side: 'buy', units: 1_000 });
    account.order({ side: 'sell', units: 500 });

    expect(closeOut()).toEqual(['position-side-missing']);
    expect(closeOut({ side: 'long' })).toEqual([]);
    expect(account.positions).toEqual(['short 500']);
  });

  it('is allowed while the account is halted', () => {
    account.order({ side: 'buy', units: 1_000 });
    account.ask({ type: 'halt' });

    expect(closeOut()).toEqual([]);
    expect(account.positions).toEqual([]);
  });

  it('is not asked for twice: neither itself nor its lots while its answer is open', () => {
    account.order({ side: 'buy', units: 1_000 });
    const [brokerPositionId = 0] = account.engine.ledger.openPositions.keys();
    const decidedAt = account.engine.at;
    const request = { id: 'lost', instrument: 'EUR_USD', decidedAt };
    account.engine.step({ type: 'close-out-requested', request });

    expect(closeOut()).toEqual(['close-in-progress']);
    expect(
      account.ask({ type: 'close-requested', request: { id: 'lot', brokerPositionId, decidedAt } }),
    ).toEqual(['close-in-progress']);
  });

  it('counts as gone for what an order of the other side may lead to', () => {
    account = new LockStep({ limits: { maxPositionUnits: 1_000 } });
    account.quote(110_000);
    account.order({ side: 'buy', units: 1_000 });
    const request = { id: 'lost', instrument: 'EUR_USD', decidedAt: account.engine.at };
    account.engine.step({ type: 'close-out-requested', request });

    expect(account.order({ side: 'sell', units: 2_000 })).toEqual(['position-units-exceeded']);
  });
});

describe('an order that only reduces', () => {
  it('takes nothing of the ceiling while it rests, and stays through a halt but not through a kill', () => {
    account = new LockStep({ limits: { maxPositionUnits: 1_000 } });
    account.quote(110_000);
    account.order({ side: 'buy', units: 1_000 });
    account.order({ side: 'sell', units: 1_000, price: 111_000, positionFill: 'REDUCE_ONLY' });

    expect(account.order({ side: 'sell', units: 1_000, price: 112_000 })).toEqual(['order-created']);

    account.ask({ type: 'halt' });
    expect(account.engine.ledger.openOrders.size).toBe(1);
    account.ask({ type: 'kill' });
    expect(account.engine.ledger.openOrders.size).toBe(0);
  });
});

describe('an order that protects a position', () => {
  const stop = {
    side: 'sell',
    units: 1,
    orderType: 'stop_loss',
    price: 109_000,
    timeInForce: 'GTC',
  } as const;

  it('protects all that is left of it', () => {
    account.order({ side: 'buy', units: 1_000 });
    const [protects = 0] = account.engine.ledger.openPositions.keys();

    expect(account.order(stop, undefined, protects)).toEqual(['order-created']);
    expect(account.engine.ledger.openPositions.get(protects)).toMatchObject({ stopLoss: 109_000 });
    expect([...account.engine.ledger.openOrders.values()]).toMatchObject([{ terms: { units: 1_000 } }]);

    expect(account.order(stop, undefined, protects)).toEqual(['protection-exists']);
  });

  it('may take the place of the one of its type', () => {
    account.order({ side: 'buy', units: 1_000 });
    const [protects = 0] = account.engine.ledger.openPositions.keys();
    account.order(stop, undefined, protects);
    const [replaces] = account.engine.ledger.openOrders.keys();

    account.order({ ...stop, price: 109_500 }, replaces, protects);

    expect(account.engine.ledger.openPositions.get(protects)).toMatchObject({ stopLoss: 109_500 });
    expect(account.engine.ledger.openOrders.size).toBe(1);
  });

  it.each<[Partial<OrderTerms>, object]>([
    [{ stopLossDistance: 500 }, { code: 'price-and-distance', field: 'stopLossDistance' }],
    [{ price: 110_500 }, { code: 'stop-loss-on-wrong-side', field: 'price' }],
    [{ price: 109_000.5 }, { code: 'price-invalid', field: 'price' }],
    [{ price: undefined }, { code: 'price-invalid', field: 'price' }],
    [{ timeInForce: 'FOK' }, { code: 'time-in-force-invalid', field: 'timeInForce' }],
    [
      { orderType: 'take_profit', price: 109_000 },
      { code: 'take-profit-on-wrong-side', field: 'price' },
    ],
  ])('with %j is denied, and the field is named', (terms, denial) => {
    account.order({ side: 'buy', units: 1_000 });
    const [protects = 0] = account.engine.ledger.openPositions.keys();
    const request = {
      id: 'stop',
      protects,
      decidedAt: 0,
      terms: { instrument: 'EUR_USD', ...stop, ...terms },
    };

    expect(account.engine.step({ type: 'order-requested', request })).toMatchObject([denial]);
  });

  it('is denied with a stop loss by price and by distance in one change', () => {
    account.order({ side: 'buy', units: 1_000 });
    const [brokerPositionId = 0] = account.engine.ledger.openPositions.keys();
    const request = { brokerPositionId, stopLoss: 109_000, stopLossDistance: 500, decidedAt: 0 };

    expect(account.engine.step({ type: 'protection-requested', request })).toMatchObject([
      { code: 'price-and-distance', field: 'stopLossDistance' },
    ]);
  });

  it('is of no group', () => {
    account.order({ side: 'buy', units: 1_000 });
    const [protects = 0] = account.engine.ledger.openPositions.keys();

    expect(account.order({ ...stop, ocoGroup: 'pair' }, undefined, protects)).toEqual(['oco-group-invalid']);
  });

  it('is allowed while the account is halted, and no halt ends it', () => {
    account.order({ side: 'buy', units: 1_000 });
    const [protects = 0] = account.engine.ledger.openPositions.keys();
    account.ask({ type: 'halt' });

    expect(account.order(stop, undefined, protects)).toEqual(['order-created']);
    account.ask({ type: 'halt' });
    expect(account.engine.ledger.openOrders.size).toBe(1);
  });

  it('of no position is denied', () => {
    expect(account.order(stop, undefined, 99)).toEqual(['position-unknown']);
    expect(account.order(stop)).toEqual(['position-unknown']);
  });
});
