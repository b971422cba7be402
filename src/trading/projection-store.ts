/**
 * The one place where an account's tables change because its broker's log continued: the log rows and what they project to,
 * in one transaction, and only by the process that owns the account.
 */

import { Problem } from '../core/shared/problem.ts';
import { assert } from '../core/shared/assert.ts';
import { appendToJournal } from '../journal/journal-store.ts';
import { insertOwnOrder } from './own-order-statement.ts';
import { orderRow, positionRow, snapshotColumns, tradeRow } from './projection-rows.ts';
import { payloadOf, transactionFrom } from './transaction-payload.ts';
import { marginRateText } from '../persistence/column-values.ts';
import { inTransaction, queryBuilder } from '../persistence/query-builder.ts';
import type { AccountSnapshot } from '../core/domain/account.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type {
  ProjectedOrder,
  ProjectedPosition,
  ProjectedTrade,
  Projection,
} from '../core/domain/projection.ts';
import type { OrderStatus } from '../core/domain/order-lifecycle.ts';
import type { Instruments } from '../core/domain/instruments.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { Orm } from '../persistence/orm.ts';
import type { RecordedOrder } from './own-order-statement.ts';
import type { RowSubject } from './projection-rows.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';

/** The account, and the fencing number of the process that runs it: a former owner's writes are refused. */
export interface AccountOwner {
  readonly accountId: string;
  readonly epoch: number;
}

/** A stretch of the log with everything that must be recorded together with it. */
export interface LogStretch {
  /** The number of the last transaction before it, which the tables must be at. */
  readonly after: number;
  readonly transactions: readonly Transaction[];
  readonly projection: Projection;
  /** What the account can trade. */
  readonly instruments: Instruments;
  readonly snapshot: AccountSnapshot;
  readonly journal: readonly JournalEntry[];
}

/** Order states that a row has before the log knows the order; a row past them is never set back by what we only believe. */
const BEFORE_LOG: readonly OrderStatus[] = ['submitted', 'rejected'];

/** The writer of account tables. */
export class ProjectionStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
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

  /** Records a stretch of the log and what it projects to, all or nothing. */
  async recordStretch(owner: AccountOwner, stretch: LogStretch): Promise<void> {
    await inTransaction(this.#orm, async (db) => {
      await advance(db, owner, stretch);
      await insertLog(db, owner.accountId, stretch.transactions);
      const subject = { accountId: owner.accountId, instruments: stretch.instruments };
      await upsertOrders(db, subject, stretch.projection.orders);
      await upsertPositions(db, subject, stretch.projection.positions);
      await insertTrades(db, subject, stretch.projection.trades);
      await appendToJournal(db, stretch.journal);
    });
  }

  /**
   * Records an order before it is sent, or one that was denied, and returns whether it is new. An order that is there already is left as
   * it is, and nothing is added to the journal.
   */
  async recordOwnOrder(owner: AccountOwner, recorded: RecordedOrder): Promise<boolean> {
    const { isOwned, isNew } = await insertOwnOrder(this.#orm, owner, recorded);
    if (!isOwned) throw lostAccount(owner);
    return isNew;
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

  /** Records what the account is worth now; prices move it between transactions. */
  async recordSnapshot(owner: AccountOwner, snapshot: AccountSnapshot): Promise<void> {
    await queryBuilder(this.#orm)
      .updateTable('oanda_accounts')
      .set(snapshotColumns(snapshot))
      .where('id', '=', owner.accountId)
      .where('owner_epoch', '=', owner.epoch)
      .execute();
  }
}

/** Moves the account on to the stretch's end; refused when another process took the account or moved it on already. */
async function advance(
  db: QueryBuilder,
  owner: AccountOwner,
  { after, transactions, snapshot }: LogStretch,
): Promise<void> {
  const last = transactions.at(-1);
  assert(last, 'a stretch of the log has at least one transaction');
  const updated = await db
    .updateTable('oanda_accounts')
    .set({
      ...snapshotColumns(snapshot),
      ...configuredColumns(transactions),
      last_transaction_id: last.id,
      updated_at: new Date(),
    })
    .where('id', '=', owner.accountId)
    .where('owner_epoch', '=', owner.epoch)
    .where('last_transaction_id', '=', after)
    .executeTakeFirst();
  if (updated.numUpdatedRows !== 1n) throw lostAccount(owner);
}

/** What the log says of the account's settings, if it says something new. */
function configuredColumns(transactions: readonly Transaction[]): { readonly margin_rate?: string | null } {
  const rates = transactions.flatMap((entry) =>
    (entry.type === 'account-configured' || entry.type === 'account-adopted') &&
    entry.marginRate !== undefined
      ? [entry.marginRate]
      : [],
  );
  const newest = rates.at(-1);
  return newest === undefined ? {} : { margin_rate: marginRateText(newest) };
}

/** Throws the problem `account-not-trading` unless the account is still this owner's, and keeps it so until the transaction ends. */
export async function assertOwned(db: QueryBuilder, owner: AccountOwner): Promise<void> {
  const row = await db
    .selectFrom('oanda_accounts')
    .select('id')
    .where('id', '=', owner.accountId)
    .where('owner_epoch', '=', owner.epoch)
    .forShare()
    .executeTakeFirst();
  if (!row) throw lostAccount(owner);
}

function lostAccount(owner: AccountOwner): Problem {
  return new Problem('account-not-trading', 'Another copy of the server took the account over.', {
    ...owner,
  });
}

async function insertLog(
  db: QueryBuilder,
  accountId: string,
  transactions: readonly Transaction[],
): Promise<void> {
  const rows = transactions.map((transaction) => ({
    account_id: accountId,
    transaction_id: transaction.id,
    batch_id: transaction.batchId,
    type: transaction.type,
    occurred_at: new Date(transaction.at),
    payload: payloadOf(transaction),
    // Our clock, as in the journal, and not the database's: a timeline compares them.
    created_at: new Date(),
  }));
  await db.insertInto('broker_transactions').values(rows).execute();
}

async function upsertOrders(
  db: QueryBuilder,
  subject: RowSubject,
  orders: readonly ProjectedOrder[],
): Promise<void> {
  if (orders.length === 0) return;
  await db
    .insertInto('orders')
    .values(orders.map((projected) => orderRow(subject, projected)))
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        broker_order_id: eb.ref('excluded.broker_order_id'),
        position_id: eb.ref('excluded.position_id'),
        // The broker's: a close of all takes what there is when it arrives.
        units: eb.ref('excluded.units'),
        filled_units: eb.ref('excluded.filled_units'),
        units_precision: eb.ref('excluded.units_precision'),
        price: eb.ref('excluded.price'),
        time_in_force: eb.ref('excluded.time_in_force'),
        expires_at: eb.ref('excluded.expires_at'),
        lease_until: eb.ref('excluded.lease_until'),
        replaces: eb.ref('excluded.replaces'),
        replaced_by: eb.ref('excluded.replaced_by'),
        status: eb.ref('excluded.status'),
        reason_code: eb.ref('excluded.reason_code'),
        average_price: eb.ref('excluded.average_price'),
        filled_at: eb.ref('excluded.filled_at'),
        cancelled_at: eb.ref('excluded.cancelled_at'),
        updated_at: eb.ref('excluded.updated_at'),
      })),
    )
    .execute();
}

async function upsertPositions(
  db: QueryBuilder,
  subject: RowSubject,
  positions: readonly ProjectedPosition[],
): Promise<void> {
  if (positions.length === 0) return;
  await db
    .insertInto('positions')
    .values(positions.map((projected) => positionRow(subject, projected)))
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({
        // Steps of another size when a part of a unit is closed.
        initial_units: eb.ref('excluded.initial_units'),
        open_units: eb.ref('excluded.open_units'),
        units_precision: eb.ref('excluded.units_precision'),
        take_profit: eb.ref('excluded.take_profit'),
        stop_loss: eb.ref('excluded.stop_loss'),
        trailing_distance: eb.ref('excluded.trailing_distance'),
        entry_spread_cost: eb.ref('excluded.entry_spread_cost'),
        entry_commission: eb.ref('excluded.entry_commission'),
        realized_pnl: eb.ref('excluded.realized_pnl'),
        financing: eb.ref('excluded.financing'),
        closed_at: eb.ref('excluded.closed_at'),
        updated_at: eb.ref('excluded.updated_at'),
      })),
    )
    .execute();
}

async function insertTrades(
  db: QueryBuilder,
  subject: RowSubject,
  trades: readonly ProjectedTrade[],
): Promise<void> {
  if (trades.length === 0) return;
  await db
    .insertInto('trades')
    .values(trades.map((projected) => tradeRow(subject, projected)))
    .execute();
}
