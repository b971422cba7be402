/** What is stored about the way of one order, from the decision to its positions and trades. */

import { toEntry } from '../../journal/journal-store.ts';
import { queryBuilder } from '../../persistence/query-builder.ts';
import { transactionFrom } from '../transaction-payload.ts';
import type { Transaction } from '../../core/domain/transaction.ts';
import type { StoredJournalEntry } from '../../journal/journal-store.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { StoredOrder } from './order-store.ts';

/** An order's own entries: more than any order has. */
const MOST_ENTRIES = 500;

/** A transaction of the broker's log, and when it was recorded here (UTC ms). */
export interface RecordedTransaction {
  readonly transaction: Transaction;
  readonly recordedAt: number;
}

/** What is stored about an order. */
export interface OrderTraces {
  readonly entries: readonly StoredJournalEntry[];
  /** The one that made it at the broker, and its fills, in the order of the log. */
  readonly transactions: readonly RecordedTransaction[];
}

export class OrderTimelineStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Reads what is stored about an order of a person who owns it. */
  async tracesOf(order: StoredOrder): Promise<OrderTraces> {
    const [entries, fillIds] = await Promise.all([this.#entriesOf(order.id), this.#fillIdsOf(order.id)]);
    const ids = order.brokerOrderId === undefined ? fillIds : [order.brokerOrderId, ...fillIds];
    return { entries, transactions: ids.length === 0 ? [] : await this.#transactions(order.accountId, ids) };
  }

  async #entriesOf(orderId: string): Promise<readonly StoredJournalEntry[]> {
    const rows = await queryBuilder(this.#orm)
      .selectFrom('events')
      .leftJoin('oanda_accounts', 'oanda_accounts.id', 'events.account_id')
      .selectAll('events')
      .select('oanda_accounts.user_id as account_user_id')
      .where('events.order_id', '=', orderId)
      .orderBy('events.sequence')
      .limit(MOST_ENTRIES)
      .execute();
    return rows.map(toEntry);
  }

  /** Every fill opened a position, which has its number, or made a trade, which names it. */
  async #fillIdsOf(orderId: string): Promise<readonly number[]> {
    const db = queryBuilder(this.#orm);
    const [opened, closed] = await Promise.all([
      db.selectFrom('positions').select('broker_trade_id').where('opening_order_id', '=', orderId).execute(),
      db
        .selectFrom('trades')
        .select('broker_transaction_id')
        .where('closing_order_id', '=', orderId)
        .execute(),
    ]);
    return [
      ...new Set([
        ...opened.map((row) => Number(row.broker_trade_id)),
        ...closed.map((row) => row.broker_transaction_id),
      ]),
    ];
  }

  async #transactions(accountId: string, ids: readonly number[]): Promise<readonly RecordedTransaction[]> {
    const rows = await queryBuilder(this.#orm)
      .selectFrom('broker_transactions')
      .select(['payload', 'created_at'])
      .where('account_id', '=', accountId)
      .where('transaction_id', 'in', ids)
      .orderBy('transaction_id')
      .execute();
    return rows.map((row) => ({
      transaction: transactionFrom(row.payload),
      recordedAt: row.created_at.getTime(),
    }));
  }
}
