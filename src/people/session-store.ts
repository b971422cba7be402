/** Sign-ins in the database. The lookup by the hash of a token runs for nearly every request, so those of several are one statement. */

import { UserSessionRecord } from '../entities/index.ts';
import { GroupedReads } from '../persistence/grouped-reads.ts';
import { inTransaction, queryBuilder } from '../persistence/query-builder.ts';
import { isDutyOf } from './administration/system-settings-store.ts';
import { peopleNamed } from './user-store.ts';
import type { Orm } from '../persistence/orm.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';
import type { PageRequest } from '../persistence/page.ts';
import type { UserRole } from './user-store.ts';

/** What a person's password and code were compared with. */
export interface ComparedWith {
  readonly passwordHash: string;
  /** The second factor; undefined when they had none. */
  readonly factorId?: string | undefined;
}

/** What a new session needs. Times are UTC ms. */
export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly compared: ComparedWith;
  readonly tokenHash: string;
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
  readonly openedAt: number;
  readonly expiresAt: number;
}

/** A session as its owner sees it. */
export interface StoredSession {
  readonly id: string;
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
}

/** A session as administrators see it. */
export interface PersonSession extends StoredSession {
  readonly userId: string;
  readonly username: string;
}

/** Which sessions to list; what is undefined leaves none out. */
export interface SessionFilter {
  readonly userId?: string | undefined;
  /** A part of the e-mail address or the username, in any case. */
  readonly search?: string | undefined;
}

/** Whose session it is. */
export interface SessionOwner {
  readonly sessionId: string;
  readonly userId: string;
  readonly username: string;
  readonly role: UserRole;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  /** Whether they still have to add a second factor, which the server asks of people of their role. */
  readonly needsSecondFactor: boolean;
}

/** When a session counts as alive: it expires after `at` and was seen after `seenAfter`. */
export interface Liveness {
  readonly at: number;
  readonly seenAfter: number;
}

/** Why sessions end before their time. `sessionId` narrows it to one, `exceptId` leaves one out. */
export interface Revocation {
  readonly userId: string;
  readonly sessionId?: string | undefined;
  readonly exceptId?: string | undefined;
  readonly reason: string;
  readonly at: number;
}

/** The column's length; longer names of browsers are cut. */
const USER_AGENT_LENGTH = 512;

export class SessionStore {
  readonly #orm: Orm;
  readonly #byToken: GroupedReads<TokenRow>;

  constructor(orm: Orm) {
    this.#orm = orm;
    this.#byToken = new GroupedReads({
      orm,
      name: 'sessions-by-token',
      select: selectByToken,
      keyOf: ({ token_hash: hash }) => hash,
    });
  }

  /**
   * Stores a session of an active person whose password and second factor are still those that were compared; false when they are not.
   * The person's row is locked meanwhile, so a change of these comes before, and there is no session, or after, and ends it. Returns the
   * ids of the sessions that end for it, those not used for longest, so that there are `most`.
   */
  async create(session: NewSession, most: number): Promise<readonly string[] | false> {
    return inTransaction(this.#orm, async (db) => {
      const person = await db
        .selectFrom('users')
        .select('id')
        .where('id', '=', session.userId)
        .where('password_hash', '=', session.compared.passwordHash)
        .where('is_active', '=', true)
        .forNoKeyUpdate()
        .executeTakeFirst();
      if (!person) return false;
      const factor = await db
        .selectFrom('second_factors')
        .select('id')
        .where('user_id', '=', person.id)
        .where('confirmed_at', 'is not', null)
        .executeTakeFirst();
      if (factor?.id !== session.compared.factorId) return false;
      await db
        .insertInto('user_sessions')
        .values({
          id: session.id,
          user_id: person.id,
          token_hash: session.tokenHash,
          ip_address: session.ipAddress ?? null,
          user_agent: session.userAgent?.slice(0, USER_AGENT_LENGTH) ?? null,
          last_seen_at: new Date(session.openedAt),
          expires_at: new Date(session.expiresAt),
          created_at: new Date(session.openedAt),
        })
        .execute();
      return endBeyond(db, session, most);
    });
  }

  /** The owner of a live session of an active person, by the hash of its token. */
  async findByToken(tokenHash: string, liveness: Liveness): Promise<SessionOwner | undefined> {
    const row = await this.#byToken.find(tokenHash);
    return row && isLive(row, liveness) ? toOwner(row) : undefined;
  }

  /** The same, by the session's id. */
  async findById(sessionId: string, liveness: Liveness): Promise<SessionOwner | undefined> {
    const row = await selectOwners(this.#orm, liveness)
      .where('user_sessions.id', '=', sessionId)
      .executeTakeFirst();
    return row && toOwner(row);
  }

  /** The owners of those of these sessions that are alive. */
  async ownersAmong(sessionIds: readonly string[], liveness: Liveness): Promise<readonly SessionOwner[]> {
    if (sessionIds.length === 0) return [];
    const rows = await selectOwners(this.#orm, liveness)
      .where(({ eb, fn, val }) => eb('user_sessions.id', '=', fn.any(val(sessionIds))))
      .execute();
    return rows.map(toOwner);
  }

  /** A page of live sessions, newest first. */
  async list(
    { userId, search }: SessionFilter,
    liveness: Liveness,
    page: PageRequest,
  ): Promise<readonly PersonSession[]> {
    let query = selectLive(this.#orm, liveness).select(PERSON_SESSION);
    if (userId !== undefined) query = query.where('user_sessions.user_id', '=', userId);
    if (search !== undefined)
      query = query.where('users.id', 'in', peopleNamed(queryBuilder(this.#orm), search));
    if (page.before !== undefined) query = query.where('user_sessions.id', '<', page.before);
    const rows = await query.orderBy('user_sessions.id', 'desc').limit(page.limit).execute();
    return rows.map((row) => ({
      id: row.id,
      userId: row.user_id,
      username: row.username,
      ipAddress: row.ip_address ?? undefined,
      userAgent: row.user_agent ?? undefined,
      createdAt: row.created_at.getTime(),
      lastSeenAt: row.last_seen_at.getTime(),
      expiresAt: row.expires_at.getTime(),
    }));
  }

  async touch(sessionId: string, at: number): Promise<void> {
    const now = new Date(at);
    await queryBuilder(this.#orm)
      .updateTable('user_sessions')
      .set({ last_seen_at: now, updated_at: now })
      .where('id', '=', sessionId)
      .where('last_seen_at', '<', now)
      .execute();
  }

  /** Ends sessions of a person that have not ended yet, and returns their ids. */
  async revoke({ userId, sessionId, exceptId, reason, at }: Revocation): Promise<readonly string[]> {
    const now = new Date(at);
    let query = queryBuilder(this.#orm)
      .updateTable('user_sessions')
      .set({ revoked_at: now, revoked_reason: reason, updated_at: now })
      .where('user_id', '=', userId)
      .where('revoked_at', 'is', null);
    if (sessionId !== undefined) query = query.where('id', '=', sessionId);
    if (exceptId !== undefined) query = query.where('id', '!=', exceptId);
    return (await query.returning('id').execute()).map((row) => row.id);
  }

  /** Removes sessions that ran out before `before`, and returns how many. */
  async removeExpired(before: number): Promise<number> {
    return this.#orm.em.fork().nativeDelete(UserSessionRecord, { expiresAt: { $lt: new Date(before) } });
  }
}

async function endBeyond(
  db: QueryBuilder,
  { userId, id, openedAt }: NewSession,
  most: number,
): Promise<readonly string[]> {
  const now = new Date(openedAt);
  const beyond = db
    .selectFrom('user_sessions')
    .select('id')
    .where('user_id', '=', userId)
    .where('id', '!=', id)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('last_seen_at', 'desc')
    .orderBy('id', 'desc')
    .offset(most - 1);
  const ended = await db
    .updateTable('user_sessions')
    .set({ revoked_at: now, revoked_reason: 'too-many-sessions', updated_at: now })
    .where('id', 'in', beyond)
    .returning('id')
    .execute();
  return ended.map((row) => row.id);
}

const PERSON_SESSION = [
  'user_sessions.id',
  'user_sessions.user_id',
  'users.username',
  'user_sessions.ip_address',
  'user_sessions.user_agent',
  'user_sessions.created_at',
  'user_sessions.last_seen_at',
  'user_sessions.expires_at',
] as const;

function selectOwners(orm: Orm, liveness: Liveness) {
  return withOwners(selectLive(orm, liveness));
}

function selectByToken(db: QueryBuilder, hashes: readonly string[]) {
  return withOwners(selectUnrevoked(db))
    .select('user_sessions.token_hash')
    .where(({ eb, fn, val }) => eb('user_sessions.token_hash', '=', fn.any(val(hashes))));
}

function withOwners(sessions: ReturnType<typeof selectUnrevoked>) {
  return sessions
    .select([
      'user_sessions.id',
      'user_sessions.user_id',
      'user_sessions.last_seen_at',
      'user_sessions.expires_at',
      'users.username',
      'users.role',
    ])
    .select(({ exists, selectFrom }) => [
      selectFrom('system_settings').select('require_second_factor').as('duty'),
      exists(
        selectFrom('second_factors')
          .select('second_factors.id')
          .whereRef('second_factors.user_id', '=', 'users.id')
          .where('second_factors.confirmed_at', 'is not', null),
      ).as('has_factor'),
    ]);
}

function selectLive(orm: Orm, { at, seenAfter }: Liveness) {
  return selectUnrevoked(queryBuilder(orm))
    .where('user_sessions.expires_at', '>', new Date(at))
    .where('user_sessions.last_seen_at', '>', new Date(seenAfter));
}

/** The same as the conditions of {@link selectLive}, for rows that were read at another moment. */
function isLive(row: Pick<OwnerRow, 'expires_at' | 'last_seen_at'>, { at, seenAfter }: Liveness): boolean {
  return row.expires_at.getTime() > at && row.last_seen_at.getTime() > seenAfter;
}

function selectUnrevoked(db: QueryBuilder) {
  return db
    .selectFrom('user_sessions')
    .innerJoin('users', 'users.id', 'user_sessions.user_id')
    .where('users.is_active', '=', true)
    .where('user_sessions.revoked_at', 'is', null);
}

type TokenRow = Awaited<ReturnType<ReturnType<typeof selectByToken>['execute']>>[number];
type OwnerRow = Awaited<ReturnType<ReturnType<typeof selectOwners>['execute']>>[number];

function toOwner(row: OwnerRow): SessionOwner {
  return {
    sessionId: row.id,
    userId: row.user_id,
    username: row.username,
    role: row.role,
    lastSeenAt: row.last_seen_at.getTime(),
    expiresAt: row.expires_at.getTime(),
    needsSecondFactor: !row.has_factor && isDutyOf(row.role, row.duty ?? 'none'),
  };
}
