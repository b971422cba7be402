/** The log of an account, read from a transaction on to its end. */

import Type from 'typebox';
import { unreachable } from './http/access-problem.ts';
import { reader } from './translate/unreadable.ts';
import { Id, idOf } from './translate/wire-values.ts';
import type { TransactionReader } from './translate/transaction-reader.ts';
import type { Transaction } from '../../core/domain/transaction.ts';

const readAnswer = reader(Type.Object({ transactions: Type.Array(Type.Unknown()), lastTransactionID: Id }));

export interface LogSource {
  readonly read: (path: string) => Promise<unknown>;
  /** The path of the account. */
  readonly path: string;
  readonly reader: TransactionReader;
}

/**
 * Returns all transactions after a number, oldest first. Rejects with the Problem `broker-unreachable` when OANDA returns fewer than it
 * says there are, and with Unreadable when one cannot be read.
 */
export async function readLogSince(
  { read, path, reader: transactions }: LogSource,
  lastTransactionId: number,
): Promise<readonly Transaction[]> {
  const log: Transaction[] = [];
  let known = lastTransactionId;
  for (;;) {
    const answer = readAnswer(await read(`${path}/transactions/sinceid?id=${known}`), 'the transaction log');
    const page = answer.transactions.map((raw) => transactions.read(raw));
    const begun = known;
    for (const transaction of page.toSorted((a, b) => a.id - b.id)) {
      if (transaction.id <= known) continue;
      log.push(transaction);
      known = transaction.id;
    }
    const end = idOf(answer.lastTransactionID);
    if (known >= end) return log;
    if (known === begun) throw unreachable(`its log ends at transaction ${known} and not at ${end}`);
  }
}
