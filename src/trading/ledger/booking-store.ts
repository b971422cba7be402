/** The bookings of an account, read from its broker's log. */

import { BOOKING_TYPES, bookingOf, statedBalance } from '../../core/domain/booking.ts';
import { queryBuilder, readBuilder } from '../../persistence/query-builder.ts';
import { transactionFrom } from '../transaction-payload.ts';
import type { Booking } from '../../core/domain/booking.ts';
import type { Transaction } from '../../core/domain/transaction.ts';
import type { Orm } from '../../persistence/orm.ts';

/** Rows in memory at once. */
const BATCH = 500;

/** Where to begin: below a transaction, or a time in UTC ms; with the newest when both are left out. */
export interface BookingPlace {
  readonly belowTransaction?: number | undefined;
  readonly until?: number | undefined;
}

export class BookingStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** The bookings of an account, newest first, as many as are taken. */
  async *newestOf(accountId: string, place: BookingPlace): AsyncGenerator<Booking> {
    // What a transaction moved is known from the balance before it, which the next older one states.
    let newer: Transaction | undefined;
    for await (const older of this.#balances(accountId, place)) {
      const booking = newer && bookingOf(newer, statedBalance(older) ?? 0);
      if (booking) yield booking;
      newer = older;
    }
    const first = newer && bookingOf(newer, 0);
    if (first) yield first;
  }

  /** When the account's log begins (UTC ms); undefined while it is empty. */
  async beginsAt(accountId: string): Promise<number | undefined> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('broker_transactions')
      .select('occurred_at')
      .where('account_id', '=', accountId)
      .orderBy('transaction_id')
      .limit(1)
      .executeTakeFirst();
    return row?.occurred_at.getTime();
  }

  /** The transactions that state a balance, newest first. */
  async *#balances(
    accountId: string,
    { belowTransaction, until }: BookingPlace,
  ): AsyncGenerator<Transaction> {
    for (let below = belowTransaction; ;) {
      let query = readBuilder(this.#orm)
        .selectFrom('broker_transactions')
        .select(['transaction_id', 'payload'])
        .where('account_id', '=', accountId)
        .where('type', 'in', BOOKING_TYPES);
      if (below !== undefined) query = query.where('transaction_id', '<', below);
      if (until !== undefined) query = query.where('occurred_at', '<', new Date(until));
      const rows = await query.orderBy('transaction_id', 'desc').limit(BATCH).execute();
      for (const { payload } of rows) {
        const transaction = transactionFrom(payload);
        if (statedBalance(transaction) !== undefined) yield transaction;
      }
      below = rows.at(-1)?.transaction_id;
      if (rows.length < BATCH) return;
    }
  }
}
