import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../../core/domain/paper-instruments.ts';
import { Ledger } from '../../../core/domain/ledger.ts';
import { TransactionReader } from './transaction-reader.ts';

const HEAD = { time: '2026-09-23T12:00:00.123456789Z', userID: 1435156, accountID: '101-004-1435156-001' };

/** A transaction as OANDA writes it. */
function raw(id: number, type: string, fields: object, batchId = id) {
  return { id: String(id), batchID: String(batchId), type, ...HEAD, ...fields };
}

const OPENED = [
  { id: 1, batchId: 1, at: 0, type: 'account-opened', currency: 'USD' },
  { id: 2, batchId: 1, at: 0, type: 'funds-transferred', amount: 1_000_000_000, balance: 1_000_000_000 },
] as const;

const order = (id: number, units: string, batchId: number, fields: object = {}) =>
  raw(
    id,
    'LIMIT_ORDER',
    {
      instrument: 'EUR_USD',
      units,
      price: '1.10000',
      timeInForce: 'GTC',
      reason: 'CLIENT_ORDER',
      clientExtensions: { id: 'ours' },
      ...fields,
    },
    batchId,
  );
const fill = (id: number, orderID: string, units: string, requestedUnits: string, fields: object = {}) =>
  raw(id, 'ORDER_FILL', {
    orderID,
    clientOrderID: 'ours',
    instrument: 'EUR_USD',
    units,
    requestedUnits,
    price: '1.10000',
    reason: 'LIMIT_ORDER',
    pl: '0.0000',
    accountBalance: '100000.0000',
    tradeOpened: { tradeID: String(id), units, price: '1.10000' },
    ...fields,
  });
const CREATED = order(3, '1000', 3);
/** 400 of 1000 fill, and OANDA creates the other 600 again. */
const PART = [fill(4, '3', '400', '1000'), order(5, '600', 4)];

/** A ledger that has seen the log of a reader. */
function follow() {
  const reader = new TransactionReader(PAPER_INSTRUMENTS, []);
  const ledger = new Ledger();
  for (const transaction of OPENED) ledger.apply(transaction);
  const take = (raws: readonly unknown[]) => {
    const log = reader.read(raws);
    return log.flatMap((transaction) => ledger.apply(transaction).orders);
  };
  return { reader, ledger, take };
}

describe('an order that fills in part at OANDA', () => {
  it('is the same order while OANDA continues it under another number, until it is filled', () => {
    const { reader, ledger, take } = follow();
    take([CREATED]);

    expect(take(PART).at(-1)).toMatchObject({
      orderId: 3,
      reissuedAs: 5,
      clientOrderId: 'ours',
      status: 'partially_filled',
      filledUnits: 400,
    });
    expect([...ledger.openOrders.keys()]).toEqual([3]);
    expect(reader.reissues.now(3)).toBe(5);

    expect(take([fill(6, '5', '600', '600')])).toMatchObject([
      { orderId: 3, status: 'filled', filledUnits: 1_000 },
    ]);
    expect(ledger.openOrders.size).toBe(0);
    expect([...ledger.openPositions.values()]).toMatchObject([{ openUnits: 400 }, { openUnits: 600 }]);
  });

  it('is known again after its rest filled in part too, and ends as it is cancelled', () => {
    const { reader, take } = follow();
    take([CREATED, ...PART]);
    take([fill(6, '5', '100', '600'), order(7, '500', 6)]);

    expect(reader.reissues.now(3)).toBe(7);
    expect(take([raw(8, 'ORDER_CANCEL', { orderID: '7', reason: 'CLIENT_REQUEST' })])).toMatchObject([
      { orderId: 3, status: 'cancelled', reasonCode: 'client-request', filledUnits: 500 },
    ]);
  });

  it('is known after a restart, which has our log only', () => {
    const before = new TransactionReader(PAPER_INSTRUMENTS, []);
    const log = before.read([CREATED, ...PART]);

    const after = new TransactionReader(PAPER_INSTRUMENTS, log);

    expect(after.reissues.now(3)).toBe(5);
    expect(after.read([fill(6, '5', '600', '600')])).toMatchObject([{ orderId: 3 }]);
  });

  it('takes its place in a replacement by its first number', () => {
    const { reader } = follow();
    reader.read([CREATED, ...PART]);

    expect(reader.read([order(9, '500', 8, { replacesOrderID: '5', reason: 'REPLACEMENT' })])).toMatchObject([
      { type: 'order-created', replaces: 3 },
    ]);
  });

  it('ends with its fill when nothing follows, and with what is cancelled of it when that follows', () => {
    const immediate = raw(3, 'MARKET_ORDER', {
      instrument: 'EUR_USD',
      units: '1000',
      timeInForce: 'IOC',
      reason: 'CLIENT_ORDER',
      clientExtensions: { id: 'ours' },
    });
    const part = { ...fill(4, '3', '400', '1000'), batchID: '3' };
    const cancel = raw(5, 'ORDER_CANCEL', { orderID: '3', reason: 'INSUFFICIENT_LIQUIDITY' }, 3);

    const [alone, cancelled] = [follow(), follow()];

    expect(alone.take([immediate, part]).at(-1)).toMatchObject({ status: 'filled', filledUnits: 400 });
    expect(alone.ledger.openOrders.size).toBe(0);
    expect(cancelled.take([immediate, part, cancel]).at(-1)).toMatchObject({
      status: 'cancelled',
      filledUnits: 400,
    });
    expect(cancelled.ledger.openOrders.size).toBe(0);
  });

  it.each([
    ['of another instrument', order(5, '600', 4, { instrument: 'GBP_USD' })],
    ['of other units', order(5, '700', 4)],
    ['of another client id', order(5, '600', 4, { clientExtensions: { id: 'theirs' } })],
    ['of another batch', order(5, '600', 5)],
  ])('is not continued by an order %s', (_what, other) => {
    const { ledger, take } = follow();
    take([CREATED]);
    take([PART[0], other]);

    expect([...ledger.openOrders.keys()]).toEqual([5]);
  });
});
