/** People as administrators see them, in the database. */

import { instantFrom } from '../../persistence/column-values.ts';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import { peopleNamed, toUser, USER_COLUMNS } from '../user-store.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { PageRequest } from '../../persistence/page.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { User, UserRole } from '../user-store.ts';
import type { Precondition } from '../../http/preconditions.ts';

/** Whether a person may sign in: yes, not until a lock ends, or not at all. */
export const ACCESS_STATUSES = ['active', 'locked', 'disabled'] as const;
export type AccessStatus = (typeof ACCESS_STATUSES)[number];

/** A person as administrators see them. Times are UTC ms. */
export interface ManagedUser extends User {
  readonly status: AccessStatus;
  /** Since the last sign-in. */
  readonly failedLoginAttempts: number;
  /** The end of a lock that holds. */
  readonly lockedUntil: number | undefined;
}

/** Which people to list; what is undefined leaves none out. */
export interface PeopleFilter {
  /** A part of the e-mail address or the username, in any case. */
  readonly search?: string | undefined;
  readonly role?: UserRole | undefined;
  readonly status?: AccessStatus | undefined;
  /** The instant at which a lock counts, UTC ms. */
  readonly at: number;
}

/** What an administrator changes about a person. */
export interface AccessChange {
  readonly role?: UserRole | undefined;
  readonly isActive?: boolean | undefined;
}

const COLUMNS = [...USER_COLUMNS, 'failed_login_attempts', 'locked_until'] as const;

export class PeopleAdminStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** A person as they are at `at` (UTC ms). */
  async find(userId: string, at: number): Promise<ManagedUser | undefined> {
    const row = await select(queryBuilder(this.#orm)).where('id', '=', userId).executeTakeFirst();
    return row && toManagedUser(row, at);
  }

  /** A page of people, newest first. */
  async list({ search, role, status, at }: PeopleFilter, page: PageRequest): Promise<readonly ManagedUser[]> {
    const now = new Date(at);
    const db = queryBuilder(this.#orm);
    let query = select(db);
    if (search !== undefined) query = query.where('id', 'in', peopleNamed(db, search));
    if (role !== undefined) query = query.where('role', '=', role);
    if (status !== undefined) query = query.where('is_active', '=', status !== 'disabled');
    if (status === 'locked') query = query.where('locked_until', '>', now);
    if (status === 'active')
      query = query.where(({ eb, or }) =>
        or([eb('locked_until', 'is', null), eb('locked_until', '<=', now)]),
      );
    if (page.before !== undefined) query = query.where('id', '<', page.before);
    const rows = await query.orderBy('id', 'desc').limit(page.limit).execute();
    return rows.map((row) => toManagedUser(row, at));
  }

  /** Changes what a person may do, if they are as `precondition` wants them; false, and nothing is changed, when no active administrator would be left. */
  change(
    userId: string,
    { role, isActive }: AccessChange,
    at: number,
    precondition?: Precondition<ManagedUser>,
  ): Promise<boolean> {
    return inTransaction(this.#orm, async (db) => {
      const takesAdministrator = role === 'trader' || isActive === false;
      if (takesAdministrator && (await isOnlyAdministrator(db, userId))) return false;
      const query = select(db).where('id', '=', userId).forNoKeyUpdate();
      precondition?.(toManagedUser(await query.executeTakeFirstOrThrow(), at));
      await db
        .updateTable('users')
        .set({
          ...(role === undefined ? {} : { role }),
          ...(isActive === undefined ? {} : { is_active: isActive }),
          updated_at: new Date(at),
        })
        .where('id', '=', userId)
        .execute();
      return true;
    });
  }

  /** Lifts a lock and forgets the failures that led to it; false when there was nothing to lift. */
  async unlock(userId: string, at: number): Promise<boolean> {
    const row = await queryBuilder(this.#orm)
      .updateTable('users')
      .set({ failed_login_attempts: 0, locked_until: null, updated_at: new Date(at) })
      .where('id', '=', userId)
      .where(({ eb, or }) => or([eb('locked_until', 'is not', null), eb('failed_login_attempts', '>', 0)]))
      .returning('id')
      .executeTakeFirst();
    return row !== undefined;
  }
}

/** The administrators stay locked until the transaction ends, so that two changes at once do not take the last two. */
async function isOnlyAdministrator(db: QueryBuilder, userId: string): Promise<boolean> {
  const administrators = await db
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('is_active', '=', true)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
  return administrators.length === 1 && administrators[0]?.id === userId;
}

function select(db: QueryBuilder) {
  return db.selectFrom('users').select(COLUMNS).where('deleted_at', 'is', null);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number];

function toManagedUser(row: Row, at: number): ManagedUser {
  const lockedUntil = instantFrom(row.locked_until);
  const isLocked = lockedUntil !== undefined && lockedUntil > at;
  const enabled = isLocked ? 'locked' : 'active';
  return {
    ...toUser(row),
    status: row.is_active ? enabled : 'disabled',
    failedLoginAttempts: row.failed_login_attempts,
    lockedUntil: isLocked ? lockedUntil : undefined,
  };
}
