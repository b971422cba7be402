import { describe, expect, it } from 'vitest';
import { InvariantError } from '../shared/assert.ts';
import { Ledger } from './ledger.ts';
import type { LedgerChange } from './ledger.ts';
import type { OrderTerms } from './order.ts';
import type { OrderFilled, Transaction } from './transaction.ts';

const buyThousand: OrderTerms = {
  instrument: 'EUR_USD',
  orderType: 'market',
  side: 'buy',
  units: 1_000,
  timeInForce: 'FOK',
};

/** A ledger of an account opened with 1,000 dollars: transactions 1 and 2. */
function openedLedger(): Ledger {
  const ledger = new Ledger();
  ledger.apply({ id: 1, batchId: 1, at: 10, type: 'account-opened', currency: 'USD' });
  ledger.apply({
    id: 2,
    batchId: 1,
    at: 10,
    type: 'funds-transferred',
    amount: 10_000_000,
    balance: 10_000_000,
  });
  return ledger;
}

const fill = (id: number, orderId: number, rest: Partial<OrderFilled>): OrderFilled => ({
  id,
  batchId: id,
  at: id * 10,
  type: 'order-filled',
  orderId,
  instrument: 'EUR_USD',
  side: 'buy',
  units: 1_000,
  price: 110_010,
  bid: 110_000,
  ask: 110_010,
  reason: 'market',
  openedUnits: 0,
  closed: [],
  commission: 0,
  spreadCost: 0,
  slippageCost: 0,
  balance: 10_000_000,
  ...rest,
});

/** Transactions 3 and 4: 1000 EUR bought, which is position 4. */
function applyEntry(ledger: Ledger): LedgerChange {
  const id = ledger.lastTransactionId + 1;
  ledger.apply({
    id,
    batchId: id,
    at: 30,
    type: 'order-created',
    terms: buyThousand,
    clientOrderId: 'a',
    strategyId: 's',
    reason: 'client',
  });
  return ledger.apply(
    fill(id + 1, id, { openedUnits: 1_000, spreadCost: 50, commission: 30, balance: ledger.balance - 30 }),
  );
}

describe('Ledger', () => {
  it('refuses a number that it had or that goes backwards, and takes one after a gap', () => {
    const ledger = openedLedger();
    const later: Transaction = { id: 7, batchId: 7, at: 10, type: 'cancel-rejected', orderId: 9 };

    ledger.apply(later);

    expect(ledger.lastTransactionId).toBe(7);
    expect(() => ledger.apply(later)).toThrow(InvariantError);
    expect(() => ledger.apply({ ...later, id: 6 })).toThrow(InvariantError);
  });

  it('refuses a log whose stated balance is not the sum of what it booked', () => {
    const ledger = openedLedger();

    expect(() =>
      ledger.apply({ id: 3, batchId: 3, at: 20, type: 'funds-transferred', amount: 5, balance: 10_000_009 }),
    ).toThrow(/10000005/);
  });

  it('has the balance that the log states where the broker rounds what it booked', () => {
    const ledger = openedLedger();

    ledger.apply({ id: 3, batchId: 3, at: 20, type: 'funds-transferred', amount: 5, balance: 10_000_008 });

    expect(ledger.balance).toBe(10_000_008);
  });

  it.each<[string, Transaction]>([
    ['a fill of an order that is not open', fill(3, 99, {})],
    [
      'a cancel of an order that is not open',
      { id: 3, batchId: 3, at: 3, type: 'order-cancelled', orderId: 99, reason: 'expired' },
    ],
  ])('refuses %s', (_, transaction) => {
    expect(() => openedLedger().apply(transaction)).toThrow(InvariantError);
  });

  it('adds up what is paid in and out', () => {
    const ledger = openedLedger();

    ledger.apply({
      id: 3,
      batchId: 3,
      at: 20,
      type: 'funds-transferred',
      amount: -4_000_000,
      balance: 6_000_000,
    });

    expect(ledger.currency).toBe('USD');
    expect(ledger.balance).toBe(6_000_000);
    expect(ledger.lastTransactionId).toBe(3);
  });

  it('changes nothing but the number for what was refused', () => {
    const ledger = openedLedger();

    const rejected = ledger.apply({
      id: 3,
      batchId: 3,
      at: 20,
      type: 'order-rejected',
      clientOrderId: 'a',
      reason: 'units-invalid',
    });
    const notCancelled = ledger.apply({ id: 4, batchId: 4, at: 20, type: 'cancel-rejected', orderId: 7 });

    const nothing = { orders: [], positions: [], trades: [] };
    expect([rejected, notCancelled]).toMatchObject([nothing, nothing]);
    expect(ledger.lastTransactionId).toBe(4);
  });

  it('keeps an order open until it is filled, cancelled or expired', () => {
    const ledger = openedLedger();
    const created = ledger.apply({
      id: 3,
      batchId: 3,
      at: 20,
      type: 'order-created',
      terms: buyThousand,
      clientOrderId: 'a',
      reason: 'client',
    });
    expect(created.orders).toMatchObject([
      { orderId: 3, status: 'accepted', createdBy: 'person', createdAt: 20 },
    ]);
    expect([...ledger.openOrders.keys()]).toEqual([3]);

    const expired = ledger.apply({
      id: 4,
      batchId: 4,
      at: 40,
      type: 'order-cancelled',
      orderId: 3,
      reason: 'expired',
    });

    expect(expired.orders).toMatchObject([{ status: 'expired', reasonCode: 'expired', cancelledAt: 40 }]);
    expect(ledger.openOrders.size).toBe(0);
  });

  it.each([
    [{ reason: 'on-fill' } as const, 'broker'],
    [{ brokerPositionId: 2 }, 'broker'],
    [{}, 'external'],
    [{ reason: 'close', brokerPositionId: 2 } as const, 'external'],
    [{ reason: 'replacement' } as const, 'external'],
    [{ reason: 'replacement', brokerPositionId: 2 } as const, 'broker'],
    [{ clientOrderId: 'a' }, 'person'],
    [{ clientOrderId: 'a', strategyId: 's' }, 'strategy'],
  ])('knows by %j that the order came from a %s', (ids, createdBy) => {
    const change = openedLedger().apply({
      id: 3,
      batchId: 3,
      at: 20,
      type: 'order-created',
      terms: buyThousand,
      reason: 'client',
      ...ids,
    });

    expect(change.orders[0]?.createdBy).toBe(createdBy);
  });

  it('opens a position with the number of its fill, and books the commission', () => {
    const ledger = openedLedger();

    const { orders, positions, trades } = applyEntry(ledger);

    expect(orders).toMatchObject([
      { orderId: 3, status: 'filled', filledUnits: 1_000, averagePrice: 110_010, filledAt: 40 },
    ]);
    expect(positions).toMatchObject([
      {
        brokerPositionId: 4,
        orderId: 3,
        strategyId: 's',
        side: 'long',
        openUnits: 1_000,
        entrySpreadCost: 50,
        entrySlippageCost: 0,
        entryCommission: 30,
      },
    ]);
    expect(trades).toEqual([]);
    expect(ledger.balance).toBe(10_000_000 - 30);
  });

  it('shows on the position what protects it, while it does', () => {
    const ledger = openedLedger();
    applyEntry(ledger);
    const stopLoss: OrderTerms = {
      instrument: 'EUR_USD',
      orderType: 'stop_loss',
      side: 'sell',
      units: 1_000,
      price: 109_000,
      timeInForce: 'GTC',
    };

    ledger.apply({
      id: 5,
      batchId: 3,
      at: 40,
      type: 'order-created',
      terms: stopLoss,
      reason: 'on-fill',
      brokerPositionId: 4,
    });
    const trailing: OrderTerms = {
      ...stopLoss,
      orderType: 'trailing_stop',
      price: undefined,
      trailingDistance: 200,
    };
    ledger.apply({
      id: 6,
      batchId: 6,
      at: 50,
      type: 'order-created',
      terms: trailing,
      reason: 'client',
      brokerPositionId: 4,
    });
    expect(ledger.openPositions.get(4)).toMatchObject({ stopLoss: 109_000, trailingDistance: 200 });

    ledger.apply({
      id: 7,
      batchId: 7,
      at: 60,
      type: 'order-cancelled',
      orderId: 5,
      reason: 'client-request',
    });

    expect(ledger.openPositions.get(4)?.stopLoss).toBeUndefined();
    expect(ledger.openPositions.get(4)?.trailingDistance).toBe(200);
  });

  it('reduces a position and then closes it, one trade each', () => {
    const ledger = openedLedger();
    applyEntry(ledger);
    const close = (id: number, units: number): LedgerChange => {
      const terms: OrderTerms = { ...buyThousand, side: 'sell', units };
      ledger.apply({
        id,
        batchId: id,
        at: id * 10,
        type: 'order-created',
        terms,
        clientOrderId: `c${id}`,
        reason: 'close',
        brokerPositionId: 4,
      });
      const lot = { brokerPositionId: 4, units, realizedPnl: units * 2, financing: -1, conversionCost: 0 };
      const balance = ledger.balance + units * 2 - 1;
      return ledger.apply(
        fill(id + 1, id, { side: 'sell', units, price: 110_030, reason: 'close', closed: [lot], balance }),
      );
    };

    const reduced = close(5, 300);
    expect(reduced.positions).toMatchObject([{ openUnits: 700, realizedPnl: 600, financing: -1 }]);
    expect(reduced.positions[0]?.closedAt).toBeUndefined();

    const closed = close(7, 700);

    expect(closed.positions).toMatchObject([
      { openUnits: 0, initialUnits: 1_000, realizedPnl: 2_000, financing: -2, closedAt: 80 },
    ]);
    expect([...reduced.trades, ...closed.trades]).toMatchObject([
      {
        transactionId: 6,
        closingOrderId: 5,
        units: 300,
        realizedPnl: 600,
        exitReason: 'close',
        strategyId: 's',
      },
      {
        transactionId: 8,
        closingOrderId: 7,
        units: 700,
        realizedPnl: 1_400,
        entryPrice: 110_010,
        exitPrice: 110_030,
      },
    ]);
    expect(ledger.openPositions.size).toBe(0);
    expect(ledger.balance).toBe(10_000_000 - 30 + 2_000 - 2);
  });

  it('closes one side and opens the other in one fill', () => {
    const ledger = openedLedger();
    applyEntry(ledger);
    const terms: OrderTerms = { ...buyThousand, side: 'sell', units: 1_500 };
    ledger.apply({
      id: 5,
      batchId: 5,
      at: 50,
      type: 'order-created',
      terms,
      clientOrderId: 'b',
      reason: 'client',
    });
    const lot = { brokerPositionId: 4, units: 1_000, realizedPnl: -1_000, financing: 0, conversionCost: 0 };

    const { positions, trades } = ledger.apply(
      fill(6, 5, {
        side: 'sell',
        units: 1_500,
        price: 110_000,
        openedUnits: 500,
        closed: [lot],
        commission: 45,
        spreadCost: 75,
        balance: ledger.balance - 1_045,
      }),
    );

    expect(positions).toMatchObject([
      { brokerPositionId: 4, openUnits: 0 },
      { brokerPositionId: 6, side: 'short', openUnits: 500, entrySpreadCost: 25, entryCommission: 15 },
    ]);
    // The trade bears what its entry cost and the closing units' share of this fill's costs.
    expect(trades).toMatchObject([{ spreadCost: 50 + 50, commission: 30 + 30, units: 1_000 }]);
  });
});
