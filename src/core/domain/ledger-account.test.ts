/** What a log says of the account itself: where it was taken over, its margin rate, and closures that the broker put off. */

import { describe, expect, it } from 'vitest';
import { InvariantError } from '../shared/assert.ts';
import { Ledger } from './ledger.ts';
import { NOTHING_BOOKED } from './testing/nothing-booked.ts';
import type { OrderTerms } from './order.ts';
import type { AccountAdopted, AdoptedOrder, AdoptedPosition, OrderFilled } from './transaction.ts';

const lot = (brokerPositionId: number): AdoptedPosition => ({
  brokerPositionId,
  instrument: 'EUR_USD',
  side: 'long',
  initialUnits: 1_000,
  openUnits: 1_000,
  entryPrice: 110_000,
  ...NOTHING_BOOKED,
  openedAt: brokerPositionId,
});

const sell: OrderTerms = {
  instrument: 'EUR_USD',
  orderType: 'limit',
  side: 'sell',
  units: 1_000,
  price: 111_000,
  timeInForce: 'GTC',
};
const order = (orderId: number, terms: Partial<OrderTerms>, brokerPositionId?: number): AdoptedOrder => ({
  orderId,
  terms: { ...sell, ...terms },
  createdAt: orderId,
  brokerPositionId,
});

const head = (id: number) => ({ id, batchId: id, at: id });

/** The broker lists the newest first. */
const ADOPTED: AccountAdopted = {
  ...head(100),
  type: 'account-adopted',
  currency: 'USD',
  balance: 5_000_000,
  marginRate: 0.05,
  positions: [lot(20), lot(10)],
  orders: [
    order(32, { orderType: 'trailing_stop', price: undefined, trailingDistance: 300 }, 20),
    order(31, { orderType: 'stop_loss', price: 109_000 }, 10),
    order(30, {}),
  ],
};

function adopted(): Ledger {
  const ledger = new Ledger();
  ledger.apply(ADOPTED);
  return ledger;
}

const close = (id: number, orderId: number, brokerPositionId: number): OrderFilled => ({
  ...head(id),
  type: 'order-filled',
  orderId,
  instrument: 'EUR_USD',
  side: 'sell',
  units: 1_000,
  price: 110_000,
  bid: 110_000,
  ask: 110_000,
  reason: 'close',
  openedUnits: 0,
  closed: [{ brokerPositionId, units: 1_000, realizedPnl: 0, financing: 0, conversionCost: 0 }],
  commission: 0,
  spreadCost: 0,
  slippageCost: 0,
  balance: 5_000_000,
});

describe('an account that is taken over', () => {
  it('has its money and margin rate, and what is open, the oldest first', () => {
    const ledger = adopted();

    expect(ledger).toMatchObject({ currency: 'USD', balance: 5_000_000, marginRate: 0.05 });
    expect([...ledger.openPositions.keys()]).toEqual([10, 20]);
    expect([...ledger.openOrders.keys()]).toEqual([30, 31, 32]);
  });

  it('shows on each position what protects it, and on that when the position opened', () => {
    const { openPositions, openOrders } = adopted();

    expect(openPositions.get(10)).toMatchObject({ stopLoss: 109_000 });
    expect(openPositions.get(20)).toMatchObject({ trailingDistance: 300 });
    expect(openOrders.get(31)).toMatchObject({ positionOpenedAt: 10, createdBy: 'broker' });
    expect(openOrders.get(30)).toMatchObject({ createdBy: 'external' });
  });

  it('knows what its orders filled before', () => {
    const partly = { ...order(30, {}), filledUnits: 400, averagePrice: 111_000 };
    const ledger = new Ledger();
    ledger.apply({ ...ADOPTED, orders: [partly, order(31, {})] });

    expect([...ledger.openOrders.values()]).toMatchObject([
      { status: 'partially_filled', filledUnits: 400, averagePrice: 111_000 },
      { status: 'accepted', filledUnits: 0 },
    ]);
  });

  it('is one whose log begins there', () => {
    expect(() => adopted().apply({ ...ADOPTED, ...head(101) })).toThrow(InvariantError);
  });
});

describe('the margin rate', () => {
  it('is that of the newest configuration that names one', () => {
    const ledger = adopted();

    ledger.apply({ ...head(101), type: 'account-configured' });
    expect(ledger.marginRate).toBe(0.05);
    ledger.apply({ ...head(102), type: 'account-configured', marginRate: 0 });
    expect(ledger.marginRate).toBe(0);
  });
});

describe('a closure that was put off', () => {
  it('is of open positions only, and over when its position is closed', () => {
    const ledger = adopted();

    ledger.apply({ ...head(101), type: 'closure-delayed', brokerPositionIds: [10, 20, 99] });
    expect([...ledger.delayedClosures]).toEqual([10, 20]);
    ledger.apply(close(102, 30, 10));
    expect([...ledger.delayedClosures]).toEqual([20]);
  });
});

describe('an order that the broker continues under another number', () => {
  const until = { timeInForce: 'GTD', expiresAt: 500 } as const;
  const continued = (clientOrderId?: string) => {
    const ledger = adopted();
    ledger.apply({ ...head(101), type: 'order-created', terms: sell, clientOrderId, reason: 'client' });
    ledger.apply({ ...head(102), type: 'other', brokerType: 'R', reissues: 101, lifetime: until });
    return ledger.openOrders.get(101);
  };

  it('has a lease where it is ours, and that end itself where it is not', () => {
    expect(continued('mine')).toMatchObject({
      reissuedAs: 102,
      terms: { timeInForce: 'GTC', leaseUntil: 500 },
    });
    expect(continued()).toMatchObject({ reissuedAs: 102, terms: until });
    expect(continued()?.terms.leaseUntil).toBeUndefined();
  });
});
