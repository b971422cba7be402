/**
 * The statement that records an order of ours before it is sent: the check of the owner, the order and its entry in the journal, in one
 * message, because the market waits for its commit.
 */

import { entryRow } from '../journal/journal-store.ts';
import { runPrepared } from '../persistence/prepared-statement.ts';
import { ownOrderRow } from './projection-rows.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { Orm } from '../persistence/orm.ts';
import type { OwnOrder } from './projection-rows.ts';

/** Who records: the account, and the fencing number of its owner. */
interface Recording {
  readonly accountId: string;
  readonly epoch: number;
}

/** An order and its entry. */
export interface RecordedOrder {
  readonly order: OwnOrder;
  readonly entry: JournalEntry;
}

/** What was found: whether the account was still the owner's, and whether the order was new. Nothing was written unless both are true. */
export interface RecordedOutcome {
  readonly isOwned: boolean;
  readonly isNew: boolean;
}

/** Records an order of ours with its entry in a transaction of its own. An order that is there already is left as it is, without an entry. */
export async function insertOwnOrder(
  orm: Orm,
  { accountId, epoch }: Recording,
  { order, entry }: RecordedOrder,
): Promise<RecordedOutcome> {
  const orderColumns = ownOrderRow(accountId, order);
  const entryColumns = entryRow(entry);
  const text = statementText(Object.keys(orderColumns), Object.keys(entryColumns));
  const values = [accountId, epoch, ...Object.values(orderColumns), ...Object.values(entryColumns)];
  const [found] = await runPrepared(orm, { name: 'insert-own-order', text }, values);
  return { isOwned: found?.['is_owned'] === true, isNew: found?.['is_new'] === true };
}

/** The account is locked until the commit, so that no other process can take it in between. */
function statementText(orderColumns: readonly string[], entryColumns: readonly string[]): string {
  return `
    with owner as (
      select id from oanda_accounts where id = $1 and owner_epoch = $2 for share
    ), recorded as (
      insert into orders (${orderColumns.join(', ')})
      select ${parameters(orderColumns, 3)} from owner
      on conflict (id) do nothing
      returning id
    ), entered as (
      insert into events (${entryColumns.join(', ')})
      select ${parameters(entryColumns, 3 + orderColumns.length)} from recorded
    )
    select exists (select from owner) as is_owned, exists (select from recorded) as is_new`;
}

/** One parameter for each column, numbered from `first` on. */
function parameters(columns: readonly string[], first: number): string {
  return columns.map((_, index) => `$${first + index}`).join(', ');
}
