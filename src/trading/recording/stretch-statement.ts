/**
 * The statement that takes stretches of brokers' logs into the tables: the check of each owner and of where the account was, what it is
 * worth, the log's rows, what they project to and the journal, in one message. Of an account all is written or nothing.
 */

import { entryRow } from '../../journal/journal-store.ts';
import { columnsOf, jsonRows, rowsOfTable } from '../../persistence/json-rows.ts';
import { runPrepared } from '../../persistence/prepared-statement.ts';
import { advanceRow, logRow, orderRow, positionRow, tradeRow } from '../projection-rows.ts';
import { NEWEST_OF_ORDER, NEWEST_OF_POSITION } from './newest-state.ts';
import { setSnapshot, SNAPSHOT_DEFINITION } from './snapshot-columns.ts';
import type { AccountSnapshot } from '../../core/domain/account.ts';
import type { Instruments } from '../../core/domain/instruments.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { Projection } from '../../core/domain/projection.ts';
import type { Transaction } from '../../core/domain/transaction.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { PreparedStatement } from '../../persistence/prepared-statement.ts';
import type { AccountOwner, LockedAccounts } from './account-owner.ts';

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

/** The tables that rows are added to, and what is done with a row that is there already. */
const TABLES = {
  broker_transactions: '',
  orders: updated(NEWEST_OF_ORDER),
  positions: updated(NEWEST_OF_POSITION),
  trades: '',
  events: '',
} as const;

type TableName = keyof typeof TABLES;

/** The rows of a stretch. */
export interface StretchRows {
  readonly owner: AccountOwner;
  readonly advance: ReturnType<typeof advanceRow>;
  readonly added: Readonly<Record<TableName, readonly Readonly<Record<string, unknown>>[]>>;
}

/** Returns the rows of a stretch; its entries are of who acts now. */
export function stretchRows(owner: AccountOwner, stretch: LogStretch): StretchRows {
  const { accountId } = owner;
  const { transactions, projection, instruments, snapshot, journal } = stretch;
  const subject = { accountId, instruments };
  return {
    owner,
    advance: advanceRow(owner, stretch.after, transactions, snapshot),
    added: {
      broker_transactions: transactions.map((transaction) => logRow(accountId, transaction)),
      orders: projection.orders.map((order) => orderRow(subject, order)),
      positions: projection.positions.map((position) => positionRow(subject, position)),
      trades: projection.trades.map((trade) => tradeRow(subject, trade)),
      events: journal.map((entry) => ({ ...entryRow(entry), account_id: accountId })),
    },
  };
}

/**
 * Takes stretches of as many accounts into the tables, in a transaction of its own, and returns of which it did. The others, undefined, have
 * another owner, are not where the stretch begins, or were left out.
 */
export async function takeStretches(
  orm: Orm,
  stretches: readonly StretchRows[],
  lockedAccounts: LockedAccounts,
): Promise<readonly (true | undefined)[]> {
  const names = Object.keys(TABLES) as TableName[];
  const added = names
    .map((name) => ({ name, rows: stretches.flatMap((stretch) => stretch.added[name]) }))
    .filter(({ rows }) => rows.length > 0);
  const values = [stretches.map(({ advance }) => advance), ...added.map(({ rows }) => rows)];
  const taken = await runPrepared(orm, statementFor(added, lockedAccounts), values.map(jsonRows));
  const ids = new Set(taken.map(({ id }) => id));
  return stretches.map(({ owner }) => ids.has(owner.accountId) || undefined);
}

interface Added {
  readonly name: TableName;
  readonly rows: StretchRows['added'][TableName];
}

/** The accounts are locked until the commit, so that no other process can take one in between. Tables without rows are not in the statement. */
function statementFor(added: readonly Added[], lockedAccounts: LockedAccounts): PreparedStatement {
  const inserts = added.map(({ name, rows }, index) => {
    const columns = columnsOf(rows);
    return `, ${name}_added as (
      insert into ${name} (${columns})
      select ${columns} from ${rowsOfTable(name, `$${index + 2}`)} as given
      where given.account_id in (select id from advanced)
      order by given.ordinality
      ${TABLES[name]}
    )`;
  });
  return {
    name: ['take-stretches', lockedAccounts, ...added.map(({ name }) => name[0])].join('-'),
    text: `
    with given as (
      select * from json_to_recordset($1) as given (
        id uuid, owner_epoch bigint, after bigint, last_transaction_id bigint,
        ${SNAPSHOT_DEFINITION},
        sets_margin_rate boolean, margin_rate numeric, updated_at timestamptz
      )
    ), held as (
      select given.* from given
      join oanda_accounts as account on account.id = given.id
        and account.owner_epoch = given.owner_epoch and account.last_transaction_id = given.after
      for no key update of account ${lockedAccounts === 'left-out' ? 'skip locked' : ''}
    ), advanced as (
      update oanda_accounts as account set
        ${setSnapshot('held')}, last_transaction_id = held.last_transaction_id,
        margin_rate = case when held.sets_margin_rate then held.margin_rate else account.margin_rate end,
        updated_at = held.updated_at
      from held where account.id = held.id
      returning account.id
    )${inserts.join('')}
    select id from advanced`,
  };
}

function updated(columns: readonly string[]): string {
  return `on conflict (id) do update set ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}`;
}
