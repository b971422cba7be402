/** OANDA's log comes in pages that end anywhere: what happened at once is read at once all the same. */

import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { readLogSince } from './transaction-log.ts';
import { TransactionReader } from './translate/transaction-reader.ts';

/** A transaction as OANDA writes it. */
function raw(id: number, batchId: number, type: string, fields: object) {
  const head = { time: '2026-09-23T12:00:00.000000000Z', userID: 1, accountID: '101-004-1435156-001' };
  return { id: String(id), batchID: String(batchId), type, ...head, ...fields };
}

const order = (id: number, batchId: number, fields: object) =>
  raw(id, batchId, 'LIMIT_ORDER', {
    instrument: 'EUR_USD',
    units: '1000',
    price: '1.10000',
    timeInForce: 'GTC',
    reason: 'CLIENT_ORDER',
    clientExtensions: { id: 'ours' },
    ...fields,
  });

const cancel = {
  orderID: '3',
  clientOrderID: 'ours',
  reason: 'CLIENT_REQUEST_REPLACED',
  replacedByOrderID: '5',
};
const RENEWED = [
  order(3, 3, {}),
  raw(4, 4, 'ORDER_CANCEL', cancel),
  order(5, 4, { reason: 'REPLACEMENT', replacesOrderID: '3' }),
  order(6, 6, { clientExtensions: { id: 'another' } }),
];

/** Reads the log after `since` in pages of so many transactions, and returns what it says and after which numbers it was asked. */
async function readIn(pageSize: number, log: readonly { readonly id: string }[], since: number) {
  const asked: number[] = [];
  const read = async (path: string, doubt: (body: unknown) => string | undefined): Promise<unknown> => {
    const after = Number(new URL(path, 'http://oanda').searchParams.get('id'));
    asked.push(after);
    const transactions = log.filter(({ id }) => Number(id) > after).slice(0, pageSize);
    const body = { transactions, lastTransactionID: log.at(-1)?.id };
    expect(doubt(body)).toBeUndefined();
    return body;
  };
  const reader = new TransactionReader(PAPER_INSTRUMENTS, []);
  const transactions = await readLogSince({ read, path: '', reader }, since);
  return { asked, types: transactions.map(({ id, type }) => `${id} ${type}`) };
}

const WHOLE = ['3 order-created', '4 other', '5 other', '6 order-created'];

describe('the log in pages', () => {
  it.each([
    [4, [2]],
    [3, [2, 5]],
    [2, [2, 4]],
    [1, [2, 3, 4, 5]],
  ])('of %s is read without parting what happened at once', async (pageSize, asked) => {
    const read = await readIn(pageSize, RENEWED, 2);

    expect(read.types).toEqual(WHOLE);
    expect(read.asked).toEqual(asked);
  });
});
