/** The log of an account, read from a transaction on to its end. */

import Type from 'typebox';
import { Value } from 'typebox/value';
import { reader } from './translate/unreadable.ts';
import { transactionIdOf } from './translate/transaction-reader.ts';
import { Id, idOf } from './translate/wire-values.ts';
import type { TransactionReader } from './translate/transaction-reader.ts';
import type { Transaction } from '../../core/domain/transaction.ts';

const readAnswer = reader(Type.Object({ transactions: Type.Array(Type.Unknown()), lastTransactionID: Id }));

const Batched = Type.Object({ batchID: Id });

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
  // The last batch of a page that ends early may continue on the next one, and what it says depends on all of it.
  let held: readonly unknown[] = [];
  for (;;) {
    const begun = known;
    const body = await read(`${path}/transactions/sinceid?id=${begun}`, (page) => truncated(page, begun));
    const answer = readAnswer(body, WHAT);
    const come = [...held, ...answer.transactions.filter((raw) => transactionIdOf(raw) > begun)];
    for (const raw of come) known = Math.max(known, transactionIdOf(raw));
    const isWhole = known >= idOf(answer.lastTransactionID);
    held = isWhole ? [] : batchOf(known, come);
    for (const transaction of transactions.read(come.filter((raw) => !held.includes(raw))))
      if (transaction.id > (log.at(-1)?.id ?? lastTransactionId)) log.push(transaction);
    if (isWhole) return log;
  }
}

/** The transactions that happened at once with the one of this number. */
function batchOf(id: number, raws: readonly unknown[]): readonly unknown[] {
  const batchId = raws.filter((raw) => transactionIdOf(raw) === id).map(batchIdOf)[0];
  return raws.filter((raw) => batchIdOf(raw) === batchId);
}

/** The number of its batch; its own when it names none, which no one can read. */
function batchIdOf(raw: unknown): number {
  return Value.Check(Batched, raw) ? idOf(raw.batchID) : transactionIdOf(raw);
}

/** Says what is wrong with an answer that has nothing new although OANDA says that there is more. */
function truncated(body: unknown, known: number): string | undefined {
  const { transactions, lastTransactionID } = readAnswer(body, WHAT);
  const end = idOf(lastTransactionID);
  if (known >= end || transactions.some((raw) => transactionIdOf(raw) > known)) return undefined;
  return `its log ends at transaction ${known} and not at ${end}`;
}
