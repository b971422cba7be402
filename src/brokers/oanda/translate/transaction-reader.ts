/** Reads the transactions of one account, which come by several ways and more than once. */

import Type from 'typebox';
import { LotBook } from './lot-book.ts';
import { translateTransaction } from './translate-transaction.ts';
import { reader } from './unreadable.ts';
import { Id, idOf } from './wire-values.ts';
import type { Instruments } from '../../../core/domain/instruments.ts';
import type { Transaction } from '../../../core/domain/transaction.ts';

/** What comes again comes within moments. */
const REMEMBERED = 10_000;

const readId = reader(Type.Object({ id: Id }));

/** Returns the number of a transaction; Unreadable when it has none. */
export function transactionIdOf(raw: unknown): number {
  return idOf(readId(raw, 'a transaction').id);
}

/** The reader of one account's transactions. One that comes again is what it was the first time, whatever happened since. */
export class TransactionReader {
  readonly lots = new LotBook();
  readonly #instruments: Instruments;
  readonly #read = new Map<number, Transaction>();

  /** `log` is what is known of the account's log. */
  constructor(instruments: Instruments, log: readonly Transaction[]) {
    this.#instruments = instruments;
    for (const transaction of log) this.lots.note(transaction);
  }

  /** Returns the transaction in our words; Unreadable, see `translateTransaction`. */
  read(raw: unknown): Transaction {
    const known = this.#read.get(transactionIdOf(raw));
    if (known) return known;
    const transaction = translateTransaction(raw, { instruments: this.#instruments, lots: this.lots });
    this.lots.note(transaction);
    this.#remember(transaction);
    return transaction;
  }

  #remember(transaction: Transaction): void {
    this.#read.set(transaction.id, transaction);
    const [oldest] = this.#read.keys();
    if (this.#read.size > REMEMBERED && oldest !== undefined) this.#read.delete(oldest);
  }
}
