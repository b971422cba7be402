/** API keys in the database. */

import { instantFrom } from '../../persistence/column-values.ts';
import { GroupedReads } from '../../persistence/grouped-reads.ts';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import { Problem } from '../../core/shared/problem.ts';
import { assertRoom } from '../administration/person-room-store.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import { API_KEY_SCOPES } from '../../entities/api-key.ts';
import type { Scope } from '../../http/principal.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { UserRole } from '../user-store.ts';

export { API_KEY_SCOPES };

/** A key as its owner sees it. Times are UTC ms. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** The last characters of the token. */
  readonly tokenEnd: string;
  readonly scope: Scope;
  /** The address or range it may be used from; everywhere when undefined. */
  readonly addressRange: string | undefined;
  /** When it ends; never when undefined. */
  readonly expiresAt: number | undefined;
  readonly lastUsedAt: number | undefined;
  readonly createdAt: number;
}

/** What a new key needs. */
export interface NewApiKey extends Omit<ApiKey, 'lastUsedAt'> {
  readonly userId: string;
  /** The session in which the person makes it. */
  readonly sessionId: string;
  readonly tokenHash: string;
}

/** Whose key it is. */
export interface ApiKeyOwner {
  readonly key: ApiKey;
  readonly userId: string;
  readonly username: string;
  readonly role: UserRole;
}

const COLUMNS = [
  'api_keys.id',
  'api_keys.name',
  'api_keys.token_end',
  'api_keys.scope',
  'api_keys.address_range',
  'api_keys.expires_at',
  'api_keys.last_used_at',
  'api_keys.created_at',
] as const;

export class ApiKeyStore {
  readonly #orm: Orm;
  readonly #byToken: GroupedReads<TokenRow>;

  constructor(orm: Orm) {
    this.#orm = orm;
    this.#byToken = new GroupedReads({
      orm,
      name: 'api-keys-by-token',
      select: selectByToken,
      keyOf: ({ token_hash: hash }) => hash,
    });
  }

  /**
   * Stores a key that a person makes in a session; false when the session has been revoked. Its row is locked meanwhile, so what ends
   * sessions and then keys comes before, and there is no key, or after, and finds it. Throws `limit-reached` when they have `most` keys.
   * A key of theirs that has this id gets the new token in place of its own; `conflict` when it was revoked.
   */
  create(key: NewApiKey, most: number): Promise<false | 'made' | 'replaced'> {
    const createdAt = new Date(key.createdAt);
    const room = { userId: key.userId, name: 'apiKeys', most } as const;
    return inTransaction(this.#orm, async (db) => {
      if (await replaceToken(db, key)) return 'replaced';
      await assertRoom(db, room, () => countLive(db, key.userId, key.createdAt));
      const session = await db
        .selectFrom('user_sessions')
        .select('id')
        .where('id', '=', key.sessionId)
        .where('revoked_at', 'is', null)
        .forShare()
        .executeTakeFirst();
      if (!session) return false;
      await db
        .insertInto('api_keys')
        .values({
          id: key.id,
          user_id: key.userId,
          name: key.name,
          token_hash: key.tokenHash,
          token_end: key.tokenEnd,
          scope: key.scope,
          address_range: key.addressRange ?? null,
          expires_at: key.expiresAt === undefined ? null : new Date(key.expiresAt),
          created_at: createdAt,
          updated_at: createdAt,
        })
        .execute();
      return 'made';
    });
  }

  /** The keys of a person that open something at `at`, newest first. */
  async listOf(userId: string, at: number): Promise<readonly ApiKey[]> {
    const rows = await selectLive(this.#orm, at)
      .where('api_keys.user_id', '=', userId)
      .orderBy('api_keys.id', 'desc')
      .execute();
    return rows.map(toApiKey);
  }

  /** The owner, by the hash of the token, when the key opens something at `at`. */
  async findByToken(tokenHash: string, at: number): Promise<ApiKeyOwner | undefined> {
    const row = await this.#byToken.find(tokenHash);
    return row && (row.expires_at?.getTime() ?? Infinity) > at ? toOwner(row) : undefined;
  }

  /** The ends of the tokens of those of these keys that open something at `at`, by the ids of the keys. */
  async liveAmong(keyIds: readonly string[], at: number): Promise<ReadonlyMap<string, string>> {
    if (keyIds.length === 0) return new Map();
    const rows = await selectLive(this.#orm, at)
      .where(({ eb, fn, val }) => eb('api_keys.id', '=', fn.any(val(keyIds))))
      .execute();
    return new Map(rows.map(({ id, token_end }) => [id, token_end]));
  }

  async touch(keyId: string, at: number): Promise<void> {
    const now = new Date(at);
    await queryBuilder(this.#orm)
      .updateTable('api_keys')
      .set({ last_used_at: now, updated_at: now })
      .where('id', '=', keyId)
      .where(({ eb, or }) => or([eb('last_used_at', 'is', null), eb('last_used_at', '<', now)]))
      .execute();
  }

  /** Revokes the keys of a person, or one of them, and returns the ids of those that were not revoked before. */
  async revoke(userId: string, at: number, keyId?: string): Promise<readonly string[]> {
    const now = new Date(at);
    let query = queryBuilder(this.#orm)
      .updateTable('api_keys')
      .set({ revoked_at: now, updated_at: now })
      .where('user_id', '=', userId)
      .where('revoked_at', 'is', null);
    if (keyId !== undefined) query = query.where('id', '=', keyId);
    return (await query.returning('id').execute()).map(({ id }) => id);
  }
}

/** Gives the key with this id another token; false when there is none. */
async function replaceToken(
  db: QueryBuilder,
  { id, userId, tokenHash, tokenEnd, createdAt }: NewApiKey,
): Promise<boolean> {
  const former = await db
    .selectFrom('api_keys')
    .select('revoked_at')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .forUpdate()
    .executeTakeFirst();
  if (!former) return false;
  if (former.revoked_at !== null)
    throw new Problem(
      'conflict',
      'The API key was made and has been revoked since. Use another Idempotency-Key.',
    );
  await db
    .updateTable('api_keys')
    .set({ token_hash: tokenHash, token_end: tokenEnd, updated_at: new Date(createdAt) })
    .where('id', '=', id)
    .execute();
  return true;
}

async function countLive(db: QueryBuilder, userId: string, at: number): Promise<number> {
  const { count } = await db
    .selectFrom('api_keys')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', new Date(at))]))
    .executeTakeFirstOrThrow();
  return count;
}

function selectLive(orm: Orm, at: number) {
  return selectUnrevoked(queryBuilder(orm)).where(({ eb, or }) =>
    or([eb('api_keys.expires_at', 'is', null), eb('api_keys.expires_at', '>', new Date(at))]),
  );
}

function selectByToken(db: QueryBuilder, hashes: readonly string[]) {
  return selectUnrevoked(db)
    .select('api_keys.token_hash')
    .where(({ eb, fn, val }) => eb('api_keys.token_hash', '=', fn.any(val(hashes))));
}

function selectUnrevoked(db: QueryBuilder) {
  return db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.id', 'api_keys.user_id')
    .select([...COLUMNS, 'api_keys.user_id', 'users.username', 'users.role'])
    .where('users.is_active', '=', true)
    .where('api_keys.revoked_at', 'is', null);
}

type TokenRow = Awaited<ReturnType<ReturnType<typeof selectByToken>['execute']>>[number];

type Row = Awaited<ReturnType<ReturnType<typeof selectLive>['execute']>>[number];

function toOwner(row: Row): ApiKeyOwner {
  return { key: toApiKey(row), userId: row.user_id, username: row.username, role: row.role };
}

function toApiKey(row: Row): ApiKey {
  return {
    id: row.id,
    name: row.name,
    tokenEnd: row.token_end,
    scope: row.scope,
    addressRange: row.address_range ?? undefined,
    expiresAt: instantFrom(row.expires_at),
    lastUsedAt: instantFrom(row.last_used_at),
    createdAt: row.created_at.getTime(),
  };
}
