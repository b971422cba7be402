/** The baseline of `quote-to-order`: what the server commits before it sends an order, written by the driver alone. */

import { randomUUIDv7 } from 'node:crypto';
import { queryBuilder } from '../src/persistence/query-builder.ts';
import { openOrm } from '../src/persistence/orm.ts';
import { runPrepared } from '../src/persistence/prepared-statement.ts';
import type { Orm } from '../src/persistence/orm.ts';

/** Copies of the newest order of a strategy and of its entry in the journal, in the same tables, one for each account. */
export function openBareCommits(databaseUrl: string, brokerAccountIds: readonly string[]) {
  const orm = openOrm({
    databaseUrl,
    poolSize: brokerAccountIds.length,
    log: { warn: () => undefined },
  });
  return {
    /** Commits all of them at once and returns how many milliseconds each took. */
    run: async (): Promise<readonly number[]> => {
      const commits = await commitsOfNewest(orm, brokerAccountIds);
      return Promise.all(commits.map((commit) => timed(() => runPrepared(orm, commit, commit.values))));
    },
    close: () => orm.close(),
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function commitsOfNewest(orm: Orm, brokerAccountIds: readonly string[]) {
  const db = queryBuilder(orm);
  const accounts = await db
    .selectFrom('oanda_accounts')
    .select(['id', 'owner_epoch'])
    .where('broker_account_id', 'in', brokerAccountIds)
    .execute();
  const order = await db
    .selectFrom('orders')
    .selectAll()
    .where('strategy_id', 'is not', null)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  const entry = await db
    .selectFrom('events')
    .selectAll()
    .where('type', '=', 'order-submitted')
    .orderBy('sequence', 'desc')
    .executeTakeFirstOrThrow();
  return accounts.map((account) => {
    const id = randomUUIDv7();
    const { sequence: _, transaction_xid: __, ...entered } = { ...entry, account_id: account.id };
    const ordered = { ...order, id, client_order_id: id, broker_order_id: null, account_id: account.id };
    return {
      name: 'bare-commit',
      text: commitText(Object.keys(ordered), Object.keys(entered)),
      values: [account.id, account.owner_epoch, ...Object.values(ordered), ...Object.values(entered)],
    };
  });
}

function commitText(orderColumns: readonly string[], entryColumns: readonly string[]): string {
  return `
    with owner as (select id from oanda_accounts where id = $1 and owner_epoch = $2 for share),
    recorded as (
      insert into orders (${orderColumns.join(', ')})
      select ${numbered(orderColumns, 3)} from owner
      returning id
    ), entered as (
      insert into events (${entryColumns.join(', ')})
      select ${numbered(entryColumns, 3 + orderColumns.length)} from recorded
    )
    select count(*) from recorded`;
}

function numbered(columns: readonly string[], first: number): string {
  return columns.map((_, index) => `$${first + index}`).join(', ');
}
