/** Reads the transactions of one account, which come by several ways and more than once. */

import Type from 'typebox';
import { LotBook } from './lot-book.ts';
import { partialFills, Reissues } from './reissues.ts';
import { RestingEntries } from './renewals.ts';
import { translateTransaction } from './translate-transaction.ts';
import { reader, Unreadable, UnreadableTransaction } from './unreadable.ts';
import { Id, idOf } from './wire-values.ts';
import type { Instruments } from '../../../core/domain/instruments.ts';
import { LEASE_RENEWAL } from '../../../core/domain/transaction.ts';
import type { OtherTransaction, Transaction } from '../../../core/domain/transaction.ts';
import type { PartialFills } from './reissues.ts';

/** What comes again comes within moments. */
const REMEMBERED = 10_000;

const readId = reader(Type.Object({ id: Id }));

/** Returns the number of a transaction; Unreadable when it has none. */
export function transactionIdOf(raw: unknown): number {
  return idOf(readId(raw, 'a transaction').id);
}

/** Transactions that came together, and what they say of fills in part. */
interface Together {
  readonly raws: readonly unknown[];
  readonly partial: PartialFills;
}

/** The reader of one account's transactions. One that comes again is what it was the first time, whatever happened since. */
export class TransactionReader {
  readonly lots = new LotBook();
  readonly reissues = new Reissues();
  readonly #instruments: Instruments;
  readonly #entries = new RestingEntries();
  readonly #read = new Map<number, Transaction>();

  /** `log` is what is known of the account's log. */
  constructor(instruments: Instruments, log: readonly Transaction[]) {
    this.#instruments = instruments;
    for (const transaction of log) this.#note(transaction);
  }

  /**
   * Returns the transactions in our words, oldest first; UnreadableTransaction, see `translateTransaction`. What belongs to one batch must come
   * together: whether a fill in part or a cancel ends its order is said by what follows it.
   */
  read(raws: readonly unknown[]): readonly Transaction[] {
    const partial = partialFills(raws);
    return raws
      .map((raw) => ({ raw, id: transactionIdOf(raw) }))
      .toSorted((a, b) => a.id - b.id)
      .map(({ raw, id }) => this.#read.get(id) ?? this.#readNew(raw, id, { raws, partial }));
  }

  #readNew(raw: unknown, id: number, { raws, partial }: Together): Transaction {
    const read = this.#translate(raw, id);
    const reissued = partial.orderByReissue.get(id);
    const transaction =
      reissued === undefined
        ? (this.#renewed(raw, read, raws) ?? this.#underFirstNumber(read, partial.restByFill.get(id)))
        : reissue(read, this.reissues.first(reissued));
    this.#note(transaction);
    this.#remember(transaction);
    return transaction;
  }

  /** What is part of a renewal, or refuses one; undefined for anything else. The cancel comes first, and ends nothing. */
  #renewed(raw: unknown, read: Transaction, raws: readonly unknown[]): Transaction | undefined {
    const firstOf = (orderId: number): number => this.reissues.first(orderId);
    if (read.type === 'order-created' && read.replaces !== undefined) {
      const first = firstOf(read.replaces);
      const { timeInForce, expiresAt } = read.terms;
      if (!this.#entries.isRenewal(first, read)) return undefined;
      return { ...noted(read, LEASE_RENEWAL), reissues: first, lifetime: { timeInForce, expiresAt } };
    }
    if (read.type === 'order-rejected')
      return this.#entries.isRefusal(raw, read, firstOf) ? noted(read, 'LEASE_RENEWAL_REJECT') : undefined;
    if (read.type !== 'order-cancelled' || read.replacedBy === undefined) return undefined;
    const { replacedBy } = read;
    const next = raws.find((other) => transactionIdOf(other) === replacedBy);
    const created = next === undefined ? undefined : this.#translate(next, replacedBy);
    const isRenewal =
      created?.type === 'order-created' && this.#entries.isRenewal(firstOf(read.orderId), created);
    return isRenewal ? noted(read, LEASE_RENEWAL) : undefined;
  }

  #translate(raw: unknown, id: number): Transaction {
    try {
      return translateTransaction(raw, { instruments: this.#instruments, lots: this.lots });
    } catch (error) {
      throw error instanceof Unreadable ? new UnreadableTransaction(id, typeOf(raw), error) : error;
    }
  }

  #underFirstNumber(transaction: Transaction, remainingUnits: number | undefined): Transaction {
    const { type } = transaction;
    if (type === 'order-filled') {
      const orderId = this.reissues.first(transaction.orderId);
      return { ...transaction, orderId, ...(remainingUnits !== undefined && { remainingUnits }) };
    }
    if (type === 'order-cancelled' || type === 'cancel-rejected')
      return { ...transaction, orderId: this.reissues.first(transaction.orderId) };
    if (type === 'order-created' && transaction.replaces !== undefined)
      return { ...transaction, replaces: this.reissues.first(transaction.replaces) };
    return transaction;
  }

  #note(transaction: Transaction): void {
    this.lots.note(transaction);
    this.reissues.note(transaction);
    this.#entries.note(transaction);
  }

  #remember(transaction: Transaction): void {
    this.#read.set(transaction.id, transaction);
    const [oldest] = this.#read.keys();
    if (this.#read.size > REMEMBERED && oldest !== undefined) this.#read.delete(oldest);
  }
}

function typeOf(raw: unknown): string | undefined {
  const type = typeof raw === 'object' && raw !== null && 'type' in raw ? raw.type : undefined;
  return typeof type === 'string' ? type : undefined;
}

function reissue(transaction: Transaction, reissues: number): Transaction {
  return { ...noted(transaction, 'ORDER_REISSUE'), reissues };
}

/** It has its number in the log, and changes nothing by itself. */
function noted({ id, batchId, at }: Transaction, brokerType: string): OtherTransaction {
  return { id, batchId, at, type: 'other', brokerType };
}
