/**
 * The log's rows: a transaction as in the domain, except that the broker's number of a position is called `positionId` there. The log
 * is only ever appended to, and an older version of the server may read it too: its spelling stays.
 */

import type { ClosedLot, Transaction } from '../core/domain/transaction.ts';

type StoredLot = Omit<ClosedLot, 'brokerPositionId'> & { readonly positionId: number };

/** Returns a transaction as it is stored. */
export function payloadOf(transaction: Transaction): Readonly<Record<string, unknown>> {
  if (transaction.type === 'order-filled')
    return { ...transaction, closed: transaction.closed.map(storedLot) };
  if (transaction.type !== 'order-created') return { ...transaction };
  const { brokerPositionId: positionId, ...created } = transaction;
  return { ...created, positionId };
}

/** Returns the transaction that {@link payloadOf} made this of; nothing else is ever stored. */
export function transactionFrom(payload: unknown): Transaction {
  const stored = payload as Transaction;
  if (stored.type === 'order-filled') {
    const closed = stored.closed as unknown as readonly StoredLot[];
    return closed.length === 0 ? stored : { ...stored, closed: closed.map(lotFrom) };
  }
  if (stored.type !== 'order-created') return stored;
  const { positionId, ...created } = stored as typeof stored & { readonly positionId?: number };
  return positionId === undefined ? stored : { ...created, brokerPositionId: positionId };
}

function storedLot({ brokerPositionId: positionId, ...lot }: ClosedLot): StoredLot {
  return { ...lot, positionId };
}

function lotFrom({ positionId: brokerPositionId, ...lot }: StoredLot): ClosedLot {
  return { ...lot, brokerPositionId };
}
