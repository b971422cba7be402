/** The journal in the database: appended in the transaction it describes, read in the order of its numbers without skipping any. */

import { currentActing } from '../process/acting.ts';
import { actorColumns, actorFrom } from './actor-columns.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import { columnsOf, jsonRows, rowsOfTable } from '../persistence/json-rows.ts';
import { runPrepared } from '../persistence/prepared-statement.ts';
import { queryBuilder, readBuilder } from '../persistence/query-builder.ts';
import { followedEntries } from './followed-entries-store.ts';
import { selectEntries, selectEntriesOf } from './entry-query-store.ts';
import { readHorizon } from './journal-horizon-store.ts';
import type { EntryRange, EventRow, JournalFilter } from './entry-query-store.ts';
import type { Orm } from '../persistence/orm.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';

/** A place in the journal: after the entry with this number. */
export interface JournalCursor {
  readonly sequence: number;
}

/** A recorded entry with its number and its place. Times are UTC ms. */
export interface StoredJournalEntry extends JournalEntry, JournalCursor {
  readonly occurredAt: number;
  /** Who owns the account that it is about. */
  readonly accountUserId: string | undefined;
}

/** What was read, and where to read on. */
export interface JournalPage {
  readonly entries: readonly StoredJournalEntry[];
  readonly cursor: JournalCursor;
  /** Whether nothing was being written that will come after them. */
  readonly isUpToDate: boolean;
}

/** The place before the first entry. */
export const JOURNAL_START: JournalCursor = { sequence: 0 };

/** Returns whether place `a` comes after place `b`. */
export function isAfter(a: JournalCursor, b: JournalCursor): boolean {
  return a.sequence > b.sequence;
}

/** Returns whether a filter by this user lets the entry through. */
export function concerns(entry: StoredJournalEntry, userId: string): boolean {
  return entry.userId === userId || entry.accountUserId === userId;
}

/** Appends entries in the transaction that `db` is in: they are there if and only if it commits. */
export async function appendToJournal(db: QueryBuilder, entries: readonly JournalEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await db.insertInto('events').values(entries.map(entryRow)).execute();
}

/** The journal. */
export class JournalStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Appends one entry in a transaction of its own: by a prepared statement, because anyone can make many by failing to sign in. */
  async append(entry: JournalEntry): Promise<void> {
    const rows = [entryRow(entry)];
    const columns = columnsOf(rows);
    const text = `insert into events (${columns}) select ${columns} from ${rowsOfTable('events', '$1')}`;
    await runPrepared(this.#orm, { name: 'append-entry', text }, [jsonRows(rows)]);
  }

  /** Reads the entries after a place, oldest first, as far as no one who is writing can still add an earlier one. */
  async readAfter(cursor: JournalCursor, filter: JournalFilter, limit: number): Promise<JournalPage> {
    const { settled, drawn } = await readHorizon(this.#orm);
    const range = { after: cursor.sequence, until: settled, limit };
    // Everyone's entries are what this process follows; those of one person, account or strategy are what a person reads.
    const isFollowing = Object.keys(filter).length === 0;
    const rows = isFollowing ? await followedEntries(this.#orm, range) : await this.#read(filter, range);
    const last = rows.at(-1);
    return {
      entries: rows.map(toEntry),
      // No higher than an entry: PostgreSQL may draw a number that was not written again after a crash.
      cursor: last ? { sequence: last.sequence } : cursor,
      isUpToDate: settled === drawn,
    };
  }

  /** The place after everything that can be read now. */
  async latestCursor(): Promise<JournalCursor> {
    const { settled } = await readHorizon(this.#orm);
    const last = await queryBuilder(this.#orm)
      .selectFrom('events')
      .select('sequence')
      .where('sequence', '<=', settled)
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    return last ?? JOURNAL_START;
  }

  async #read({ userId, ...filter }: JournalFilter, range: EntryRange): Promise<readonly EventRow[]> {
    const db = readBuilder(this.#orm);
    if (userId === undefined) return selectEntries(db, filter, range).execute();
    const accounts = await db
      .selectFrom('oanda_accounts')
      .select('id')
      .where('user_id', '=', userId)
      .execute();
    return selectEntriesOf(db, { userId, accountIds: accounts.map(({ id }) => id) }, filter, range).execute();
  }
}

/** Returns a row as the entry that it is. */
export function toEntry(row: EventRow): StoredJournalEntry {
  return {
    sequence: row.sequence,
    occurredAt: row.occurred_at.getTime(),
    category: row.category,
    type: row.type,
    severity: row.severity,
    description: row.description,
    userId: row.user_id ?? undefined,
    accountId: row.account_id ?? undefined,
    accountUserId: row.account_user_id ?? undefined,
    strategyId: row.strategy_id ?? undefined,
    requestId: row.request_id ?? undefined,
    orderId: row.order_id ?? undefined,
    marketTime: row.market_time?.getTime(),
    actor: actorFrom(row.actor, row.actor_id ?? undefined),
    details: row.details,
    ipAddress: row.ip_address ?? undefined,
    userAgent: row.user_agent ?? undefined,
  };
}

/** The row of an entry, without what the database adds: its number and the transaction that it is of. What it does not say is of who acts now. */
export function entryRow(entry: JournalEntry) {
  const acting = currentActing();
  const actor = entry.actor ?? acting?.by;
  if (acting?.trace) acting.trace.entries += 1;
  const userAgent = entry.userAgent ?? acting?.userAgent;
  return {
    occurred_at: new Date(),
    category: entry.category,
    type: entry.type,
    severity: entry.severity,
    description: entry.description,
    user_id: entry.userId ?? null,
    account_id: entry.accountId ?? null,
    strategy_id: entry.strategyId ?? null,
    order_id: entry.orderId ?? null,
    market_time: entry.marketTime === undefined ? null : new Date(entry.marketTime),
    ...actorColumns(actor),
    request_id: entry.requestId ?? acting?.requestId ?? null,
    details: { ...entry.details },
    ip_address: entry.ipAddress ?? acting?.ipAddress ?? null,
    user_agent: userAgent?.slice(0, 512) ?? null,
  };
}
