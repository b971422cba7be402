/** Lines of the transaction stream. */

import Type from 'typebox';
import { reader } from './unreadable.ts';
import { Id, instantOf, maybe, maybeId } from './wire-values.ts';

const readLine = reader(
  Type.Object({
    type: maybe(Type.String()),
    time: maybe(Type.String()),
    id: maybe(Id),
    lastTransactionID: maybe(Id),
  }),
);

/** What a line says: how far the log goes by now, and for a heartbeat OANDA's time. */
export interface TransactionLine {
  readonly lastTransactionId: number | undefined;
  readonly at: number | undefined;
}

/** Returns what a line of the transaction stream says; Unreadable when it cannot be read. */
export function readTransactionLine(raw: unknown): TransactionLine {
  const { type, time, id, lastTransactionID } = readLine(raw, 'a transaction');
  const isHeartbeat = type === 'HEARTBEAT';
  return {
    lastTransactionId: maybeId(isHeartbeat ? lastTransactionID : id),
    at: isHeartbeat && time ? instantOf(time) : undefined,
  };
}
