/** The log of an account, read from a transaction on to its end. */

import Type from 'typebox';
import { reader } from './translate/unreadable.ts';
import { transactionIdOf } from './translate/transaction-reader.ts';
import { Id, idOf } from './translate/wire-values.ts';
import type { TransactionReader } from './translate/transaction-reader.ts';
import type { Transaction } from '../../core/domain/transaction.ts';

const readAnswer = reader(Type.Object({ transactions: Type.Array(Type.Unknown()), lastTransactionID: Id }));

const WHAT = 'the transaction log';

export interface LogSource {
  readonly read: (path: string, doubt: (body: unknown) => string | undefined) => Promise<unknown>;
  /** The path of the account. */
  readonly path: string;
  readonly reader: TransactionReader;
}

/**
 * Returns all transactions after a number, oldest first. Rejects with the Problem `broker-unreachable` when OANDA returns fewer than it
 * says there are, however often it is asked, and with UnreadableTransaction when one cannot be read.
 */
export async function readLogSince(
  { read, path, reader: transactions }: LogSource,
  lastTransactionId: number,
): Promise<readonly Transaction[]> {
  const log: Transaction[] = [];
  let known = lastTransactionId;
  for (;;) {
    const begun = known;
    const body = await read(`${path}/transactions/sinceid?id=${begun}`, (page) => truncated(page, begun));
    const answer = readAnswer(body, WHAT);
    for (const transaction of transactions.read(answer.transactions)) {
      if (transaction.id <= known) continue;
      log.push(transaction);
      known = transaction.id;
    }
    if (known >= idOf(answer.lastTransactionID)) return log;
  }
}

/** Says what is wrong with an answer that has nothing new although OANDA says that there is more. */
function truncated(body: unknown, known: number): string | undefined {
  const { transactions, lastTransactionID } = readAnswer(body, WHAT);
  const end = idOf(lastTransactionID);
  if (known >= end || transactions.some((raw) => transactionIdOf(raw) > known)) return undefined;
  return `its log ends at transaction ${known} and not at ${end}`;
}
