import { describe, expect, it } from 'vitest';
import { InvariantError } from '../shared/assert.ts';
import { Ledger } from './ledger.ts';
import type { LedgerChange } from './ledger.ts';
import type { OrderTerms } from './order.ts';
import type { OrderFilled, Transaction, TransactionHead } from './transaction.ts';

type Entry<T extends Transaction = Transaction> = T extends Transaction
  ? Omit<T, keyof TransactionHead>
  : never;

/** An account in dollars with 1,000 in it, whose log is written one transaction after the other. */
class WrittenLedger extends Ledger {
  constructor() {
    super();
    this.write({ type: 'account-opened', currency: 'USD' });
    this.write({ type: 'funds-transferred', amount: 10_000_000, balance: 10_000_000 });
  }

  write(entry: Entry): LedgerChange {
    const id = this.lastTransactionId + 1;
    return this.apply({ id, batchId: id, at: id * 10, ...entry });
  }

  /** Creates an order and returns its number. */
  order(terms: Partial<OrderTerms>): number {
    const created = { instrument: 'EUR_USD', orderType: 'market', side: 'buy', timeInForce: 'FOK' } as const;
    this.write({ type: 'order-created', terms: { ...created, units: 1_000, ...terms }, reason: 'client' });
    return this.lastTransactionId;
  }

  fill(orderId: number, rest: Partial<OrderFilled> & Pick<OrderFilled, 'units' | 'price'>): LedgerChange {
    return this.write({
      type: 'order-filled',
      orderId,
      instrument: 'EUR_USD',
      side: 'buy',
      bid: rest.price,
      ask: rest.price,
      reason: 'market',
      openedUnits: 0,
      closed: [],
      commission: 0,
      spreadCost: 0,
      slippageCost: 0,
      balance: this.balance,
      ...rest,
    });
  }

  /** Buys so many units and returns the number of the position. */
  buy(units: number): number {
    this.fill(this.order({ units }), { units, price: 110_000, openedUnits: units });
    return this.lastTransactionId;
  }

  /** Closes some units of a position at what they were bought for. */
  close(brokerPositionId: number, units: number, financing = 0): LedgerChange {
    const lot = { brokerPositionId, units, realizedPnl: 0, financing, conversionCost: 0 };
    return this.fill(this.order({ side: 'sell', units }), {
      units,
      price: 110_000,
      side: 'sell',
      closed: [lot],
      balance: this.balance + financing,
    });
  }
}

describe('financing', () => {
  it('moves the balance when it is charged, and is carried by the positions', () => {
    const ledger = new WrittenLedger();
    const first = ledger.buy(1_000);
    const second = ledger.buy(2_000);

    const change = ledger.write({
      type: 'financing-charged',
      amount: -300,
      charges: [
        { brokerPositionId: first, amount: -100 },
        { brokerPositionId: second, amount: -200 },
      ],
      balance: 10_000_000 - 300,
    });

    expect(ledger.balance).toBe(10_000_000 - 300);
    expect(change.positions).toMatchObject([
      { brokerPositionId: first, financing: -100, accruedFinancing: -100 },
      { brokerPositionId: second, financing: -200, accruedFinancing: -200 },
    ]);
    expect([...ledger.openPositions.values()]).toEqual(change.positions);
    expect(change.trades).toEqual([]);
  });

  it('goes to the trades by their units, and what a fill books with a closing comes on top', () => {
    const ledger = new WrittenLedger();
    const position = ledger.buy(1_000);
    const charge = (amount: number): LedgerChange =>
      ledger.write({
        type: 'financing-charged',
        amount,
        charges: [{ brokerPositionId: position, amount }],
        balance: ledger.balance + amount,
      });
    charge(-101);

    const reduced = ledger.close(position, 500, -30);
    charge(-10);
    const closed = ledger.close(position, 500);

    // Half of 101 is rounded; the last units take what is left, so that nothing is lost.
    expect(reduced.trades).toMatchObject([{ financing: -51 - 30 }]);
    expect(closed.trades).toMatchObject([{ financing: -50 - 10 }]);
    expect(closed.positions).toMatchObject([{ financing: -141, accruedFinancing: 0 }]);
    expect(ledger.balance).toBe(10_000_000 - 141);
  });

  it('has room for dividends beside interest', () => {
    const ledger = new WrittenLedger();
    const position = ledger.buy(10);

    ledger.write({
      type: 'dividend-adjusted',
      amount: 55,
      charges: [{ brokerPositionId: position, amount: 55 }],
      balance: 10_000_055,
    });

    expect(ledger.close(position, 10).trades).toMatchObject([{ financing: 55, realizedPnl: 0 }]);
    expect(ledger.balance).toBe(10_000_055);
  });

  it('is refused when its balance is not the sum, or a position is not open', () => {
    const charged = { type: 'financing-charged', amount: -5 } as const;
    const unknown = [{ brokerPositionId: 99, amount: -5 }];

    expect(() => new WrittenLedger().write({ ...charged, charges: [], balance: 10_000_000 })).toThrow(
      InvariantError,
    );
    expect(() => new WrittenLedger().write({ ...charged, charges: unknown, balance: 9_999_995 })).toThrow(
      InvariantError,
    );
  });
});

describe('a transaction that changes no order and no position', () => {
  it.each<Entry>([
    { type: 'other', brokerType: 'RESET_RESETTABLE_PL' },
    { type: 'account-configured', alias: 'Mine', marginRate: 0.05 },
    { type: 'margin-call-changed', state: 'extended' },
    { type: 'closure-delayed', brokerPositionIds: [3] },
  ])('is taken: %j', (entry) => {
    const ledger = new WrittenLedger();

    expect(ledger.write(entry)).toMatchObject({ orders: [], positions: [], trades: [] });
    expect(ledger).toMatchObject({ balance: 10_000_000, lastTransactionId: 3 });
  });

  it('sets the balance that the broker states with one of another type', () => {
    const ledger = new WrittenLedger();

    ledger.write({ type: 'other', brokerType: 'GIFT', balance: 10_000_100 });
    ledger.write({ type: 'funds-transferred', amount: 1, balance: 10_000_101, reason: 'adjustment' });

    expect(ledger.balance).toBe(10_000_101);
  });
});

describe('an order that fills several times', () => {
  it('has filled the exact sum of parts of units', () => {
    const ledger = new WrittenLedger();
    const orderId = ledger.order({ units: 0.4 });
    ledger.fill(orderId, { units: 0.1, price: 4_000_001, openedUnits: 0.1, remainingUnits: 0.3 });

    const second = ledger.fill(orderId, {
      units: 0.2,
      price: 4_000_004,
      openedUnits: 0.2,
      remainingUnits: 0.1,
    });

    expect(second.orders).toMatchObject([{ filledUnits: 0.3, averagePrice: 4_000_003 }]);
  });

  it('stays open with what it filled so far, at the average by units', () => {
    const ledger = new WrittenLedger();
    const orderId = ledger.order({ orderType: 'limit', price: 110_000, timeInForce: 'GTC' });
    const later = ledger.order({ orderType: 'limit', price: 109_000, timeInForce: 'GTC' });

    const first = ledger.fill(orderId, { units: 100, price: 110_000, openedUnits: 100, remainingUnits: 900 });
    expect(first.orders).toMatchObject([
      { status: 'partially_filled', filledUnits: 100, averagePrice: 110_000 },
    ]);
    expect(first.orders[0]?.filledAt).toBeUndefined();
    expect([...ledger.openOrders.keys()]).toEqual([orderId, later]);
    ledger.fill(orderId, { units: 200, price: 109_990, openedUnits: 200, remainingUnits: 700 });
    const last = ledger.fill(orderId, { units: 700, price: 109_980, openedUnits: 700, remainingUnits: 0 });

    expect(last.orders).toMatchObject([
      { status: 'filled', filledUnits: 1_000, averagePrice: 109_984, filledAt: 70 },
    ]);
    expect([...ledger.openOrders.keys()]).toEqual([later]);
    expect([...ledger.openPositions.values()]).toMatchObject([
      { openUnits: 100, entryPrice: 110_000, orderId },
      { openUnits: 200, entryPrice: 109_990, orderId },
      { openUnits: 700, entryPrice: 109_980, orderId },
    ]);
  });

  it('keeps what it filled when the rest is cancelled', () => {
    const ledger = new WrittenLedger();
    const orderId = ledger.order({ timeInForce: 'IOC' });
    ledger.fill(orderId, { units: 400, price: 110_000, openedUnits: 400, remainingUnits: 600 });

    const { orders } = ledger.write({ type: 'order-cancelled', orderId, reason: 'no-liquidity' });

    expect(orders).toMatchObject([
      { status: 'cancelled', filledUnits: 400, averagePrice: 110_000, reasonCode: 'no-liquidity' },
    ]);
    expect(ledger.openOrders.size).toBe(0);
    expect(ledger.openPositions.size).toBe(1);
  });
});
