/** The journal in the database: appended in the transaction it describes, read in an order that skips nothing. */

import type { JournalCategory, JournalEntry, Severity } from '../core/domain/journal-entry.ts';
import { queryBuilder } from '../persistence/query-builder.ts';
import type { Orm } from '../persistence/orm.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';

/**
 * A place in the journal. Numbers are assigned before their transactions commit, so reading by number alone would skip
 * an entry whose transaction is still open; the order is that of transactions first.
 */
export interface JournalCursor {
  readonly transactionXid: string;
  readonly sequence: number;
}

/** A recorded entry with its number and its place. Times are UTC ms. */
export interface StoredJournalEntry extends JournalEntry, JournalCursor {
  readonly occurredAt: number;
  /** Who owns the account that it is about. */
  readonly accountUserId: string | undefined;
}

/** Which entries to read. */
export interface JournalFilter {
  /** Entries about this user or about an account of theirs. */
  readonly userId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly strategyId?: string | undefined;
  readonly category?: JournalCategory | undefined;
  readonly severities?: readonly Severity[] | undefined;
}

/** What was read, and where to read on. */
export interface JournalPage {
  readonly entries: readonly StoredJournalEntry[];
  readonly cursor: JournalCursor;
}

/** The place before the first entry. */
export const JOURNAL_START: JournalCursor = { transactionXid: '0', sequence: 0 };

/** Returns whether place `a` comes after place `b`. */
export function isAfter(a: JournalCursor, b: JournalCursor): boolean {
  if (a.transactionXid !== b.transactionXid) return BigInt(a.transactionXid) > BigInt(b.transactionXid);
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

  /** Appends one entry in a transaction of its own. */
  async append(entry: JournalEntry): Promise<void> {
    await appendToJournal(queryBuilder(this.#orm), [entry]);
  }

  /** Reads the entries after a place, oldest first, as far as no running transaction can still add an earlier one. */
  async readAfter(cursor: JournalCursor, filter: JournalFilter, limit: number): Promise<JournalPage> {
    const rows = await comingAfter(this.#select(filter), cursor)
      .orderBy('events.transaction_xid')
      .orderBy('events.sequence')
      .limit(limit)
      .execute();
    const last = rows.at(-1);
    return {
      entries: rows.map(toEntry),
      cursor: last ? { transactionXid: last.transaction_xid, sequence: last.sequence } : cursor,
    };
  }

  /** Returns whether any entry after a place has been committed, readable already or not. */
  async hasAfter(cursor: JournalCursor): Promise<boolean> {
    const row = await comingAfter(selectEvents(this.#orm), cursor).limit(1).executeTakeFirst();
    return row !== undefined;
  }

  /** The place of the entry with this number; the start when there is none. */
  async cursorAt(sequence: number): Promise<JournalCursor> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('events')
      .select(['transaction_xid', 'sequence'])
      .where('sequence', '<=', sequence)
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row ? { transactionXid: row.transaction_xid, sequence: row.sequence } : JOURNAL_START;
  }

  /** The place after everything that can be read now. */
  async latestCursor(): Promise<JournalCursor> {
    const row = await this.#select({})
      .orderBy('events.transaction_xid', 'desc')
      .orderBy('events.sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row ? { transactionXid: row.transaction_xid, sequence: row.sequence } : JOURNAL_START;
  }

  #select(filter: JournalFilter) {
    let query = selectSettled(this.#orm);
    const { userId, accountId, strategyId, category, severities } = filter;
    if (userId !== undefined) {
      query = query.where(({ eb, or }) =>
        or([eb('events.user_id', '=', userId), eb('oanda_accounts.user_id', '=', userId)]),
      );
    }
    if (accountId !== undefined) query = query.where('events.account_id', '=', accountId);
    if (strategyId !== undefined) query = query.where('events.strategy_id', '=', strategyId);
    if (category !== undefined) query = query.where('events.category', '=', category);
    if (severities) query = query.where('events.severity', 'in', severities);
    return query;
  }
}

function selectEvents(orm: Orm) {
  return queryBuilder(orm)
    .selectFrom('events')
    .leftJoin('oanda_accounts', 'oanda_accounts.id', 'events.account_id')
    .selectAll('events')
    .select('oanda_accounts.user_id as account_user_id');
}

type EventQuery = ReturnType<typeof selectEvents>;

/** Entries below the oldest running transaction: no entry can appear before them any more. */
function selectSettled(orm: Orm): EventQuery {
  return selectEvents(orm).where(({ eb, fn }) =>
    eb('events.transaction_xid', '<', fn<string>('pg_snapshot_xmin', [fn('pg_current_snapshot', [])])),
  );
}

function comingAfter(query: EventQuery, { transactionXid, sequence }: JournalCursor): EventQuery {
  return query.where(({ eb, refTuple, tuple }) =>
    eb(refTuple('events.transaction_xid', 'events.sequence'), '>', tuple(transactionXid, sequence)),
  );
}

type EventRow = Awaited<ReturnType<EventQuery['execute']>>[number];

function toEntry(row: EventRow): StoredJournalEntry {
  return {
    sequence: row.sequence,
    transactionXid: row.transaction_xid,
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
    details: row.details,
    ipAddress: row.ip_address ?? undefined,
    userAgent: row.user_agent ?? undefined,
  };
}

/** The row of an entry, without what the database adds: its number and the transaction that it is of. */
export function entryRow(entry: JournalEntry) {
  return {
    occurred_at: new Date(),
    category: entry.category,
    type: entry.type,
    severity: entry.severity,
    description: entry.description,
    user_id: entry.userId ?? null,
    account_id: entry.accountId ?? null,
    strategy_id: entry.strategyId ?? null,
    request_id: entry.requestId ?? null,
    details: { ...entry.details },
    ip_address: entry.ipAddress ?? null,
    user_agent: entry.userAgent?.slice(0, 512) ?? null,
  };
}
