/** People in the database: who they are and what they sign in with. */

import { UserRecord, UserSettingsRecord } from '../entities/index.ts';
import { instantFrom } from '../persistence/column-values.ts';
import { unlessTaken } from '../persistence/unless-taken.ts';
import { GroupedReads } from '../persistence/grouped-reads.ts';
import { inTransaction, queryBuilder } from '../persistence/query-builder.ts';
import { withdrawMails } from './email/withdrawn-mails.ts';
import type { Orm } from '../persistence/orm.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';
import type { Precondition } from '../http/preconditions.ts';

/** What a person may do. */
export type UserRole = UserRecord['role'];
/** The languages in which the server can write to a person. */
export type Language = UserRecord['language'];

/** A person, without what proves it is them. Times are UTC ms. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly role: UserRole;
  readonly firstName: string | undefined;
  readonly lastName: string | undefined;
  readonly timezone: string;
  readonly language: Language;
  readonly isActive: boolean;
  readonly emailVerifiedAt: number | undefined;
  readonly lastLoginAt: number | undefined;
  readonly createdAt: number;
}

/** What a new person needs. */
export interface NewUser {
  readonly id: string;
  /** In lower case, as is the username. */
  readonly email: string;
  readonly username: string;
  readonly passwordHash: string;
  readonly role: UserRole;
}

/** What a person may change about themselves: undefined leaves a part as it is, null removes it. */
export interface ProfileChanges {
  readonly firstName?: string | null | undefined;
  readonly lastName?: string | null | undefined;
  readonly timezone?: string | undefined;
  readonly language?: Language | undefined;
}

/** How a person is found whose password is to be compared; address and name in lower case. */
export type Login = { readonly email: string } | { readonly username: string } | { readonly userId: string };

/** What a sign-in is checked against. */
export interface Credentials {
  readonly userId: string;
  readonly passwordHash: string;
  readonly isActive: boolean;
  /** Whether they verified their address; administrators need not, or they could lock themselves out. */
  readonly isVerified: boolean;
}

/** A person's new password; `at` in UTC ms. */
export interface NewPassword {
  readonly userId: string;
  readonly passwordHash: string;
  /** What must still be stored; any password is replaced when undefined. */
  readonly formerHash?: string | undefined;
  readonly at: number;
}

export class UserStore {
  readonly #orm: Orm;
  readonly #byId: GroupedReads<UserRow>;
  /** Grouped, so that many who try passwords at the same time are little work. */
  readonly #credentials: Readonly<Record<'byId' | 'byEmail' | 'byUsername', GroupedReads<CredentialsRow>>>;

  constructor(orm: Orm) {
    this.#orm = orm;
    this.#byId = new GroupedReads({
      orm,
      name: 'users-by-id',
      select: (db, ids) =>
        db
          .selectFrom('users')
          .select(USER_COLUMNS)
          .where(({ eb, fn, val }) => eb('id', '=', fn.any(val(ids)))),
      keyOf: ({ id }) => id,
    });
    this.#credentials = {
      byId: credentialsBy(orm, 'id'),
      byEmail: credentialsBy(orm, 'email'),
      byUsername: credentialsBy(orm, 'username'),
    };
  }

  /** Stores a new person with the default settings; false when the address or the name is taken. */
  async create(user: NewUser): Promise<boolean> {
    const em = this.#orm.em.fork();
    em.create(UserRecord, { ...user });
    em.create(UserSettingsRecord, { user: user.id });
    return unlessTaken(() => em.flush());
  }

  async find(userId: string): Promise<User | undefined> {
    const row = await this.#byId.find(userId);
    return row && toUser(row);
  }

  /** The person with an address in lower case. */
  async findByEmail(email: string): Promise<User | undefined> {
    const row = await selectUsers(this.#orm).where('email', '=', email).executeTakeFirst();
    return row && toUser(row);
  }

  /** What the person with this id, address or name (in lower case) signs in with. */
  async findCredentials(login: Login): Promise<Credentials | undefined> {
    const row = await this.#findCredentialsRow(login);
    return (
      row && {
        userId: row.id,
        passwordHash: row.password_hash,
        isActive: row.is_active,
        isVerified: row.role === 'admin' || row.email_verified_at !== null,
      }
    );
  }

  #findCredentialsRow(login: Login): Promise<CredentialsRow | undefined> {
    if ('userId' in login) return this.#credentials.byId.find(login.userId);
    if ('email' in login) return this.#credentials.byEmail.find(login.email);
    return this.#credentials.byUsername.find(login.username);
  }

  /** Changes what is given, if the person is as `precondition` wants them. */
  async change(userId: string, changes: ProfileChanges, precondition?: Precondition<User>): Promise<void> {
    await this.#orm.em.fork().transactional(async (em) => {
      const query = em.getKysely().selectFrom('users').select(USER_COLUMNS).where('id', '=', userId);
      precondition?.(toUser(await query.forNoKeyUpdate().executeTakeFirstOrThrow()));
      const user = await em.findOneOrFail(UserRecord, userId);
      if (changes.firstName !== undefined) user.firstName = changes.firstName;
      if (changes.lastName !== undefined) user.lastName = changes.lastName;
      if (changes.timezone !== undefined) user.timezone = changes.timezone;
      if (changes.language !== undefined) user.language = changes.language;
    });
  }

  /**
   * Replaces the password, lifts a lock and removes codes to set another, and to change the address, which who knew the former password
   * may have asked for; false when there is no such person, or `formerHash` is not the password's any more.
   */
  setPassword({ userId, passwordHash, formerHash, at }: NewPassword): Promise<boolean> {
    const now = new Date(at);
    return inTransaction(this.#orm, async (db) => {
      let query = db
        .updateTable('users')
        .set({ password_hash: passwordHash, failed_login_attempts: 0, locked_until: null, updated_at: now })
        .where('id', '=', userId);
      if (formerHash !== undefined) query = query.where('password_hash', '=', formerHash);
      if ((await query.returning('id').executeTakeFirst()) === undefined) return false;
      await db
        .deleteFrom('user_tokens')
        .where('user_id', '=', userId)
        .where('purpose', 'in', ['reset-password', 'change-email'])
        .execute();
      await withdrawMails(db, { userId, kind: 'change-email' });
      return true;
    });
  }

  /** Notes that a person signed in, and returns them; undefined when they were disabled meanwhile. */
  async recordLogin(userId: string, at: number): Promise<User | undefined> {
    const now = new Date(at);
    const row = await queryBuilder(this.#orm)
      .updateTable('users')
      .set({ failed_login_attempts: 0, last_login_at: now, updated_at: now })
      .where('id', '=', userId)
      .where('is_active', '=', true)
      .returning(USER_COLUMNS)
      .executeTakeFirst();
    return row && toUser(row);
  }
}

/** Returns the query for the ids of people whose address or username has a text in it, in any case. */
export function peopleNamed(db: QueryBuilder, text: string) {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return db
    .selectFrom('users')
    .select('id')
    .where(({ eb, or }) => or([eb('email', 'like', pattern), eb('username', 'like', pattern)]));
}

/** The id of no person. */
export const NO_ONE = '00000000-0000-0000-0000-000000000000';

/** The columns that {@link toUser} reads. */
export const USER_COLUMNS = [
  'id',
  'email',
  'username',
  'role',
  'first_name',
  'last_name',
  'timezone',
  'language',
  'is_active',
  'email_verified_at',
  'last_login_at',
  'created_at',
] as const;

function selectUsers(orm: Orm) {
  return queryBuilder(orm).selectFrom('users').select(USER_COLUMNS);
}

/** Finds what people sign in with by one of their names. */
function credentialsBy(orm: Orm, column: 'id' | 'email' | 'username') {
  return new GroupedReads({
    orm,
    name: `credentials-by-${column}`,
    select: (db, names) =>
      selectCredentials(db).where(({ eb, fn, val }) => eb(column, '=', fn.any(val(names)))),
    keyOf: (row) => row[column],
  });
}

function selectCredentials(db: QueryBuilder) {
  return db
    .selectFrom('users')
    .select(['id', 'email', 'username', 'password_hash', 'is_active', 'role', 'email_verified_at']);
}

type CredentialsRow = Awaited<ReturnType<ReturnType<typeof selectCredentials>['execute']>>[number];
type UserRow = Awaited<ReturnType<ReturnType<typeof selectUsers>['execute']>>[number];

/** Returns a person from their row. */
export function toUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    username: row.username,
    role: row.role,
    firstName: row.first_name ?? undefined,
    lastName: row.last_name ?? undefined,
    timezone: row.timezone,
    language: row.language,
    isActive: row.is_active,
    emailVerifiedAt: instantFrom(row.email_verified_at),
    lastLoginAt: instantFrom(row.last_login_at),
    createdAt: row.created_at.getTime(),
  };
}
