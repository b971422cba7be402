import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../../core/domain/paper-instruments.ts';
import { Ledger } from '../../../core/domain/ledger.ts';
import { TransactionReader } from './transaction-reader.ts';
import type { Transaction } from '../../../core/domain/transaction.ts';

const HEAD = { time: '2026-09-23T12:00:00.123456789Z', userID: 1435156, accountID: '101-004-1435156-001' };
const SOON = '2026-09-23T13:00:00.000000000Z';
const LATER = '2026-09-23T13:20:00.000000000Z';

/** A transaction as OANDA writes it. */
function raw(id: number, type: string, fields: object, batchId = id) {
  return { id: String(id), batchID: String(batchId), type, ...HEAD, ...fields };
}

const order = (id: number, fields: object = {}, batchId = id) =>
  raw(
    id,
    'LIMIT_ORDER',
    {
      instrument: 'EUR_USD',
      units: '1000',
      price: '1.10000',
      timeInForce: 'GTD',
      gtdTime: SOON,
      reason: 'CLIENT_ORDER',
      clientExtensions: { id: 'ours' },
      ...fields,
    },
    batchId,
  );
const cancel = (id: number, orderID: string, fields: object = {}) =>
  raw(id, 'ORDER_CANCEL', { orderID, clientOrderID: 'ours', reason: 'CLIENT_REQUEST', ...fields });
/** The order in its own place, with a later end. */
const renewal = (id: number, of: string, fields: object = {}) => [
  cancel(id, of, { reason: 'CLIENT_REQUEST_REPLACED', replacedByOrderID: String(id + 1) }),
  order(id + 1, { reason: 'REPLACEMENT', replacesOrderID: of, gtdTime: LATER, ...fields }, id),
];
const fill = (id: number, orderID: string, units = '1000', fields: object = {}) =>
  raw(id, 'ORDER_FILL', {
    orderID,
    clientOrderID: 'ours',
    instrument: 'EUR_USD',
    units,
    requestedUnits: '1000',
    price: '1.10000',
    reason: 'LIMIT_ORDER',
    pl: '0.0000',
    accountBalance: '100000.0000',
    tradeOpened: { tradeID: String(id), units, price: '1.10000' },
    ...fields,
  });

/** A ledger that has seen the log of a reader, and that log. */
function follow() {
  const reader = new TransactionReader(PAPER_INSTRUMENTS, []);
  const ledger = new Ledger();
  const log: Transaction[] = [
    { id: 1, batchId: 1, at: 0, type: 'account-opened', currency: 'USD' },
    { id: 2, batchId: 1, at: 0, type: 'funds-transferred', amount: 1_000_000_000, balance: 1_000_000_000 },
  ];
  for (const transaction of log) ledger.apply(transaction);
  const take = (raws: readonly unknown[], by = reader) => {
    const read = by.read(raws);
    log.push(...read);
    return read.flatMap((transaction) => ledger.apply(transaction).orders);
  };
  return { reader, ledger, log, take };
}

describe('an order that OANDA puts in its own place', () => {
  it('is the same order, good for longer, and is not cancelled meanwhile', () => {
    const { reader, ledger, take } = follow();
    take([order(3)]);

    const changed = take(renewal(4, '3'));

    expect(changed.map(({ status }) => status)).toEqual(['accepted']);
    expect([...ledger.openOrders.values()]).toMatchObject([
      { orderId: 3, reissuedAs: 5, clientOrderId: 'ours', terms: { leaseUntil: Date.parse(LATER) } },
    ]);
    expect(reader.reissues.now(3)).toBe(5);
  });

  it('is the same when OANDA states no client id of the new one', () => {
    const { ledger, take } = follow();
    take([order(3)]);
    take(renewal(4, '3', { clientExtensions: undefined }));

    expect([...ledger.openOrders.keys()]).toEqual([3]);
  });

  it('fills, ends and is renewed again under its newest number, after a restart too', () => {
    const { ledger, log, take } = follow();
    take([order(3)]);
    take(renewal(4, '3'));

    const after = new TransactionReader(PAPER_INSTRUMENTS, log);
    take(renewal(6, '5', { gtdTime: SOON }), after);
    expect([...ledger.openOrders.values()]).toMatchObject([{ orderId: 3, reissuedAs: 7 }]);
    expect(take([fill(8, '7')], after)).toMatchObject([{ orderId: 3, status: 'filled' }]);
  });

  it('expires when it was not renewed', () => {
    const { take } = follow();
    take([order(3)]);
    take(renewal(4, '3'));

    expect(take([cancel(6, '5', { reason: 'TIME_IN_FORCE_EXPIRED' })])).toMatchObject([
      { orderId: 3, status: 'expired' },
    ]);
  });

  it('may fill at once in its new place', () => {
    const { take } = follow();
    take([order(3)]);

    const changed = take([...renewal(4, '3'), { ...fill(6, '5'), batchID: '4' }]);
    expect(changed.at(-1)).toMatchObject({ orderId: 3, status: 'filled' });
  });

  it('continues with what a fill in part left', () => {
    const { ledger, take } = follow();
    take([order(3)]);
    take([fill(4, '3', '400'), order(5, { units: '600', reason: 'CLIENT_ORDER' }, 4)]);
    take(renewal(6, '5', { units: '600' }));

    expect([...ledger.openOrders.values()]).toMatchObject([
      { orderId: 3, reissuedAs: 7, filledUnits: 400, terms: { units: 1_000 } },
    ]);
  });

  it.each([
    ['another price', { price: '1.20000' }],
    ['other units', { units: '2000' }],
    ['another client id', { clientExtensions: { id: 'theirs' } }],
  ])('is replaced by another order when that has %s', (_what, fields) => {
    const { ledger, take } = follow();
    take([order(3)]);
    take(renewal(4, '3', fields));

    expect([...ledger.openOrders.values()]).toMatchObject([{ orderId: 5, replaces: 3 }]);
  });

  it('stays as it was when that is rejected', () => {
    const { ledger, take } = follow();
    take([order(3)]);
    const { clientExtensions: _none, ...fields } = order(4, { intendedReplacesOrderID: '3' }) as Record<
      string,
      unknown
    >;
    const changed = take([
      { ...fields, type: 'LIMIT_ORDER_REJECT', rejectReason: 'TIME_IN_FORCE_GTD_TIMESTAMP_IN_PAST' },
    ]);

    expect(changed).toEqual([]);
    expect([...ledger.openOrders.values()]).toMatchObject([{ orderId: 3, status: 'accepted' }]);
  });
});
