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

/** The rows of orders that their owner records, each with that of its entry. */
export interface OwnOrderRows {
  readonly owner: AccountOwner;
  readonly orders: readonly ReturnType<typeof ownOrderRow>[];
  readonly entries: readonly ReturnType<typeof entryRow>[];
}

/** Returns the rows of orders; the entries are of who acts now. */
export function ownOrderRows(owner: AccountOwner, recorded: readonly RecordedOrder[]): OwnOrderRows {
  return {
    owner,
    orders: recorded.map(({ order }) => ownOrderRow(owner.accountId, order)),
    entries: recorded.map(({ entry }) => entryRow(entry)),
  };
}

/**
 * Records orders of as many accounts, each with its entry, in a transaction of its own, and returns when each was recorded (UTC ms): undefined
 * for one that is there already, which is left as it is, without an entry. For an account that has another owner, or that is left out,
 * nothing is written and undefined returned.
 */
export async function insertOwnOrders(
  orm: Orm,
  accounts: readonly OwnOrderRows[],
  lockedAccounts: LockedAccounts,
): Promise<readonly (readonly (number | undefined)[] | undefined)[]> {
  const owners = accounts.map(({ owner }) => ({ id: owner.accountId, owner_epoch: owner.epoch }));
  const orders = accounts.flatMap((account) => account.orders);
  const entries = accounts.flatMap((account) => account.entries);
  const statement = {
    name: `insert-own-orders-${lockedAccounts}`,
    text: statementText(columnsOf(orders), columnsOf(entries), lockedAccounts),
  };
  const found = await runPrepared(orm, statement, [owners, orders, entries].map(jsonRows));
  const createdAt = new Map(found.map((row) => [Number(row['ordinality']), timeOf(row['created_at'])]));
  let place = 0;
  return accounts.map((account) => {
    const places = account.orders.map(() => (place += 1));
    return places.every((own) => createdAt.has(own)) ? places.map((own) => createdAt.get(own)) : undefined;
  });
}

function timeOf(date: unknown): number | undefined {
  return date instanceof Date ? date.getTime() : undefined;
}

/** The accounts are locked until the commit, so that no other process can take one in between. An order has one place in both parameters. */
function statementText(orderColumns: string, entryColumns: string, lockedAccounts: LockedAccounts): string {
  return `
    with owned as (
      select account.id
      from ${rowsOfTable('oanda_accounts', '$1')} as given
      join oanda_accounts as account on account.id = given.id and account.owner_epoch = given.owner_epoch
      for share of account ${lockedAccounts === 'left-out' ? 'skip locked' : ''}
    ), given as materialized (
      select given.* from ${rowsOfTable('orders', '$2')} as given join owned on owned.id = given.account_id
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
