/**
 * The statement that records orders of ours before they are sent: the check of each owner, the orders and their entries in the journal, in
 * one message, because the market waits for its commit.
 */

import { entryRow } from '../../journal/journal-store.ts';
import { columnsOf, jsonRows, rowsOfTable } from '../../persistence/json-rows.ts';
import { runPrepared } from '../../persistence/prepared-statement.ts';
import { ownOrderRow } from '../projection-rows.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { OwnOrder } from '../projection-rows.ts';
import type { AccountOwner, LockedAccounts } from './account-owner.ts';

/** An order and its entry. */
export interface RecordedOrder {
  readonly order: OwnOrder;
  readonly entry: JournalEntry;
}

/** The rows of an order that its owner records. */
export interface OwnOrderRows {
  readonly owner: AccountOwner;
  readonly order: ReturnType<typeof ownOrderRow>;
  readonly entry: ReturnType<typeof entryRow>;
}

/** That an order is recorded: when (UTC ms), or undefined when it was there already. */
export interface OwnOrderOutcome {
  readonly createdAt: number | undefined;
}

/** Returns the rows of an order; the entry is of who acts now. */
export function ownOrderRows(owner: AccountOwner, { order, entry }: RecordedOrder): OwnOrderRows {
  return { owner, order: ownOrderRow(owner.accountId, order), entry: entryRow(entry) };
}

/**
 * Records orders of ours, each with its entry, in a transaction of its own. An order that is there already is left as it is, without an
 * entry. For an account that has another owner, or that is left out, nothing is written and undefined returned.
 */
export async function insertOwnOrders(
  orm: Orm,
  rows: readonly OwnOrderRows[],
  lockedAccounts: LockedAccounts,
): Promise<readonly (OwnOrderOutcome | undefined)[]> {
  const orders = rows.map(({ order }) => order);
  const entries = rows.map(({ entry }) => entry);
  const owners = rows.map(({ owner }) => ({ id: owner.accountId, owner_epoch: owner.epoch }));
  const statement = {
    name: `insert-own-orders-${lockedAccounts}`,
    text: statementText(columnsOf(orders), columnsOf(entries), lockedAccounts),
  };
  const found = await runPrepared(orm, statement, [owners, orders, entries].map(jsonRows));
  const outcomes = new Map(
    found.map((row) => [Number(row['ordinality']), { createdAt: timeOf(row['created_at']) }]),
  );
  return rows.map((_, index) => outcomes.get(index + 1));
}

function timeOf(date: unknown): number | undefined {
  return date instanceof Date ? date.getTime() : undefined;
}

/** The accounts are locked until the commit, so that no other process can take one in between. An order has one place in all parameters. */
function statementText(orderColumns: string, entryColumns: string, lockedAccounts: LockedAccounts): string {
  return `
    with owned as (
      select given.ordinality
      from ${rowsOfTable('oanda_accounts', '$1')} as given
      join oanda_accounts as account on account.id = given.id and account.owner_epoch = given.owner_epoch
      for share of account ${lockedAccounts === 'left-out' ? 'skip locked' : ''}
    ), given as materialized (
      select given.* from ${rowsOfTable('orders', '$2')} as given join owned using (ordinality)
    ), recorded as (
      insert into orders (${orderColumns})
      select ${orderColumns} from given order by ordinality
      on conflict (id) do nothing
      returning id, created_at
    ), entered as (
      insert into events (${entryColumns})
      select ${entryColumns.replaceAll(/\w+/g, 'entry.$&')}
      from ${rowsOfTable('events', '$3')} as entry
      join given on given.ordinality = entry.ordinality
      join recorded on recorded.id = given.id
      order by entry.ordinality
    )
    select given.ordinality, recorded.created_at from given left join recorded on recorded.id = given.id`;
}
