/**
 * The one place where an account's tables change because its broker's log continued: the log rows and what they project to,
 * in one transaction, and only by the process that owns the account.
 */

import { appendToJournal } from '../journal/journal-store.ts';
import { inTransaction, queryBuilder } from '../persistence/query-builder.ts';
import { lostAccount } from './recording/account-owner.ts';
import { AccountWrites } from './recording/account-writes.ts';
import { insertOwnOrders, ownOrderRows } from './recording/own-order-statement.ts';
import { stretchRows, takeStretches } from './recording/stretch-statement.ts';
import { transactionFrom } from './transaction-payload.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { OrderStatus } from '../core/domain/order-lifecycle.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { Orm } from '../persistence/orm.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';
import type { AccountOwner } from './recording/account-owner.ts';
import type { OwnOrderRows, RecordedOrder } from './recording/own-order-statement.ts';
import type { LogStretch, StretchRows } from './recording/stretch-statement.ts';

/** Order states that a row has before the log knows the order; a row past them is never set back by what we only believe. */
const BEFORE_LOG: readonly OrderStatus[] = ['submitted', 'rejected'];

/** The writer of account tables. What several accounts record at the same time is one statement. */
export class ProjectionStore {
  readonly #orm: Orm;
  readonly #ownOrders: AccountWrites<OwnOrderRows, readonly (number | undefined)[]>;
  readonly #stretches: AccountWrites<StretchRows, true>;

  constructor(orm: Orm) {
    this.#orm = orm;
    this.#ownOrders = new AccountWrites((rows, lockedAccounts) => insertOwnOrders(orm, rows, lockedAccounts));
    this.#stretches = new AccountWrites((rows, lockedAccounts) => takeStretches(orm, rows, lockedAccounts));
  }

  /** The whole log of an account, oldest first. */
  async logOf(accountId: string): Promise<readonly Transaction[]> {
    const rows = await queryBuilder(this.#orm)
      .selectFrom('broker_transactions')
      .select('payload')
      .where('account_id', '=', accountId)
      .orderBy('transaction_id')
      .execute();
    return rows.map((row) => transactionFrom(row.payload));
  }

  /**
   * Records a stretch of the log and what it projects to, all or nothing; refused when another process took the account or moved it on
   * already.
   */
  async recordStretch(owner: AccountOwner, stretch: LogStretch): Promise<void> {
    await this.#stretches.write(stretchRows(owner, stretch));
  }

  /**
   * Records orders before they are sent, or that were denied, all or none, and returns when each (UTC ms). For an order that is there already
   * undefined is returned: it is left as it is, and nothing is added to the journal.
   */
  recordOwnOrders(
    owner: AccountOwner,
    recorded: readonly RecordedOrder[],
  ): Promise<readonly (number | undefined)[]> {
    return this.#ownOrders.write(ownOrderRows(owner, recorded));
  }

  /** Records that an order of ours certainly did not reach the broker's log. */
  async recordNotSent(
    owner: AccountOwner,
    orderId: string,
    reasonCode: string,
    journal: readonly JournalEntry[],
  ): Promise<void> {
    await inTransaction(this.#orm, async (db) => {
      await assertOwned(db, owner);
      await db
        .updateTable('orders')
        .set({ status: 'rejected', reason_code: reasonCode, updated_at: new Date() })
        .where('id', '=', orderId)
        .where('status', 'in', BEFORE_LOG)
        .execute();
      await appendToJournal(db, journal);
    });
  }
}

/** Throws the problem `account-not-trading` unless the account is still this owner's, and keeps it so until the transaction ends. */
async function assertOwned(db: QueryBuilder, owner: AccountOwner): Promise<void> {
  const row = await db
    .selectFrom('oanda_accounts')
    .select('id')
    .where('id', '=', owner.accountId)
    .where('owner_epoch', '=', owner.epoch)
    .forShare()
    .executeTakeFirst();
  if (!row) throw lostAccount(owner);
}
