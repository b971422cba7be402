/** Notifications in the database: written once for each journal entry, together with how far the journal was read. */

import { inTransaction, queryBuilder, readBuilder } from '../persistence/query-builder.ts';
import { addMessages } from './delivery/planned-message-store.ts';
import type { Severity } from '../core/domain/journal-entry.ts';
import type { Orm } from '../persistence/orm.ts';
import type { PageRequest } from '../persistence/page.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';
import type { NotificationPlan } from './delivery/planned-message-store.ts';

/** A notification that is to be stored. `sequence` is the number of its journal entry. */
export interface NewNotification {
  readonly id: string;
  readonly userId: string;
  readonly sequence: number;
  readonly type: string;
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
}

/** A notification as its person sees it. Times are UTC ms; what the journal no longer has is undefined. */
export interface StoredNotification extends Omit<NewNotification, 'sequence'> {
  readonly sequence: number | undefined;
  readonly accountId: string | undefined;
  readonly strategyId: string | undefined;
  readonly createdAt: number;
  readonly readAt: number | undefined;
}

/** Entries after `from` up to `to` were taken. */
export interface TakenEntries {
  readonly from: number;
  readonly to: number;
}

const READER = 'notifications';
/** Rows of one statement of a removal or of marks: some ten milliseconds, or a hundred. */
const ROWS_AT_ONCE = 5_000;

export class NotificationStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** The number of the last journal entry that was taken; undefined before the first turn of all. */
  async position(): Promise<number | undefined> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('journal_positions')
      .select('sequence')
      .where('reader', '=', READER)
      .executeTakeFirst();
    return row?.sequence;
  }

  /** Says where to begin, unless that is known. */
  async begin(sequence: number): Promise<void> {
    await queryBuilder(this.#orm)
      .insertInto('journal_positions')
      .values({ reader: READER, sequence })
      .onConflict((conflict) => conflict.column('reader').doNothing())
      .execute();
  }

  /**
   * Stores what the entries led to and that they were taken, all or nothing, with the messages that are to be sent about it. Returns
   * false, and nothing is stored, when another copy of the server took them before.
   */
  store(
    notifications: readonly NewNotification[],
    { from, to }: TakenEntries,
    { messages, escalateAt }: NotificationPlan,
  ): Promise<boolean> {
    return inTransaction(this.#orm, async (db) => {
      const moved = await db
        .updateTable('journal_positions')
        .set({ sequence: to, updated_at: new Date() })
        .where('reader', '=', READER)
        .where('sequence', '=', from)
        .executeTakeFirst();
      if (moved.numUpdatedRows === 0n) return false;
      await insert(db, notifications, escalateAt);
      await addMessages(db, messages);
      return true;
    });
  }

  /** A page of a person's notifications, newest first. */
  async page(
    userId: string,
    { isUnread, severities }: { readonly isUnread: boolean; readonly severities: readonly Severity[] },
    { limit, before }: PageRequest,
  ): Promise<readonly StoredNotification[]> {
    let query = select(readBuilder(this.#orm))
      .where('notifications.user_id', '=', userId)
      .where('notifications.severity', 'in', severities);
    if (isUnread) query = query.where('notifications.read_at', 'is', null);
    if (before !== undefined) query = query.where('notifications.id', '<', before);
    const rows = await query.orderBy('notifications.id', 'desc').limit(limit).execute();
    return rows.map(toNotification);
  }

  /** How many a person has not read, counted up to `limit`. */
  async countUnread(userId: string, limit: number): Promise<number> {
    const db = readBuilder(this.#orm);
    const unread = db
      .selectFrom('notifications')
      .select('id')
      .where('user_id', '=', userId)
      .where('read_at', 'is', null)
      .limit(limit);
    const { count } = await db
      .selectFrom(unread.as('unread'))
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** Marks one of a person's as read, once, and returns it; undefined when there is none. */
  async markRead(userId: string, id: string, at: number): Promise<StoredNotification | undefined> {
    const now = new Date(at);
    const db = queryBuilder(this.#orm);
    await db
      .updateTable('notifications')
      .set({ read_at: now, updated_at: now })
      .where('user_id', '=', userId)
      .where('id', '=', id)
      .where('read_at', 'is', null)
      .execute();
    const row = await select(db)
      .where('notifications.user_id', '=', userId)
      .where('notifications.id', '=', id)
      .executeTakeFirst();
    return row && toNotification(row);
  }

  /**
   * Marks a person's as read, all or those up to the one with this id; returns how many were not before, undefined when that one is not
   * theirs.
   */
  async markAllRead(userId: string, upTo: string | undefined, at: number): Promise<number | undefined> {
    const now = new Date(at);
    const db = queryBuilder(this.#orm);
    let unread = db
      .selectFrom('notifications')
      .select('id')
      .where('user_id', '=', userId)
      .where('read_at', 'is', null)
      .limit(ROWS_AT_ONCE)
      // What is asked for twice at once is not waited for.
      .forUpdate()
      .skipLocked();
    if (upTo !== undefined) {
      const row = await select(db)
        .where('notifications.user_id', '=', userId)
        .where('notifications.id', '=', upTo)
        .executeTakeFirst();
      if (!row) return undefined;
      unread = unread.where('id', '<=', upTo);
    }
    for (let marked = 0; ;) {
      const { numUpdatedRows } = await db
        .updateTable('notifications')
        .set({ read_at: now, updated_at: now })
        .where('id', 'in', unread)
        .executeTakeFirst();
      marked += Number(numUpdatedRows);
      if (numUpdatedRows < BigInt(ROWS_AT_ONCE)) return marked;
    }
  }

  /** What these people were notified of because of entries after `from` up to `to`, oldest first. */
  async between(
    { from, to }: TakenEntries,
    userIds: readonly string[],
  ): Promise<readonly StoredNotification[]> {
    const rows = await select(queryBuilder(this.#orm))
      .where('notifications.event_sequence', '>', from)
      .where('notifications.event_sequence', '<=', to)
      .where('notifications.user_id', 'in', userIds)
      .orderBy('notifications.event_sequence')
      .execute();
    return rows.map(toNotification);
  }

  /** Removes those with ids below this one, and returns how many. */
  async removeBelow(id: string): Promise<number> {
    const db = queryBuilder(this.#orm);
    for (let removed = 0; ;) {
      const old = db.selectFrom('notifications').select('id').where('id', '<', id).limit(ROWS_AT_ONCE);
      const { numDeletedRows } = await db
        .deleteFrom('notifications')
        .where('id', 'in', old)
        .executeTakeFirst();
      removed += Number(numDeletedRows);
      if (numDeletedRows < BigInt(ROWS_AT_ONCE)) return removed;
    }
  }
}

/** Rows of one statement: eight values each, and a statement takes 65,535. */
const ROWS_A_STATEMENT = 5_000;

async function insert(
  db: QueryBuilder,
  notifications: readonly NewNotification[],
  escalateAt: NotificationPlan['escalateAt'],
): Promise<void> {
  for (let start = 0; start < notifications.length; start += ROWS_A_STATEMENT) {
    const rows = notifications
      .slice(start, start + ROWS_A_STATEMENT)
      .map(({ id, userId, sequence, type, severity, title, message }) => ({
        id,
        user_id: userId,
        event_sequence: sequence,
        type,
        severity,
        title,
        message,
        escalate_at: dateOrNull(escalateAt.get(id)),
      }));
    await db.insertInto('notifications').values(rows).execute();
  }
}

function dateOrNull(at: number | undefined): Date | null {
  return at === undefined ? null : new Date(at);
}

function select(db: QueryBuilder) {
  return db
    .selectFrom('notifications')
    .leftJoin('events', 'events.sequence', 'notifications.event_sequence')
    .select([
      'notifications.id',
      'notifications.event_sequence',
      'notifications.type',
      'notifications.severity',
      'notifications.title',
      'notifications.message',
      'notifications.created_at',
      'notifications.read_at',
      'notifications.user_id',
      'events.account_id',
      'events.strategy_id',
    ]);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number];

function toNotification(row: Row): StoredNotification {
  return {
    id: row.id,
    userId: row.user_id ?? '',
    sequence: row.event_sequence ?? undefined,
    type: row.type,
    severity: row.severity,
    title: row.title,
    message: row.message,
    accountId: row.account_id ?? undefined,
    strategyId: row.strategy_id ?? undefined,
    createdAt: row.created_at.getTime(),
    readAt: row.read_at?.getTime(),
  };
}
