/** Idempotency keys in the database: who works on a request, since when, and what was answered. */

import { IdempotencyKeyRecord } from '../entities/index.ts';
import { queryBuilder } from './query-builder.ts';
import type { Orm } from './orm.ts';

/** A request under a key of its user. */
export interface KeyedRequest {
  readonly userId: string;
  readonly key: string;
  readonly route: string;
  readonly requestHash: string;
}

/** An answer as it went out; `body` is the text that was sent. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** A key as stored. Times are UTC ms. */
export interface StoredKey {
  readonly id: string;
  readonly requestHash: string;
  /** When work on it last started; kept in `updated_at`, which nothing else writes. */
  readonly claimedAt: number;
  readonly expiresAt: number;
  /** Absent while the work continues. */
  readonly answer: StoredAnswer | undefined;
}

/** The right to answer a key, held by the process that wrote `claimedAt` last. */
export interface KeyClaim {
  readonly id: string;
  readonly claimedAt: number;
}

/** Idempotency keys in the database. Every change names the claim it is made under, so that a lost claim changes nothing. */
export class IdempotencyStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Stores the key as being worked on; false when the user has it already. */
  async insert(request: KeyedRequest, claim: KeyClaim, expiresAt: number): Promise<boolean> {
    const rows = await queryBuilder(this.#orm)
      .insertInto('idempotency_keys')
      .values({
        id: claim.id,
        user_id: request.userId,
        key: request.key,
        route: request.route,
        request_hash: request.requestHash,
        expires_at: new Date(expiresAt),
        created_at: new Date(claim.claimedAt),
        updated_at: new Date(claim.claimedAt),
      })
      .onConflict((conflict) => conflict.columns(['user_id', 'key']).doNothing())
      .returning('id')
      .execute();
    return rows.length === 1;
  }

  async find(userId: string, key: string): Promise<StoredKey | undefined> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('idempotency_keys')
      .select(['id', 'request_hash', 'status', 'headers', 'body', 'expires_at', 'updated_at'])
      .where('user_id', '=', userId)
      .where('key', '=', key)
      .executeTakeFirst();
    return (
      row && {
        id: row.id,
        requestHash: row.request_hash,
        claimedAt: row.updated_at.getTime(),
        expiresAt: row.expires_at.getTime(),
        answer: row.status === null ? undefined : toAnswer(row.status, row.headers, row.body),
      }
    );
  }

  /** Moves a claim to a new time and returns whether it was still the newest. */
  async moveClaim(claim: KeyClaim, claimedAt: number): Promise<boolean> {
    return (await this.#change(claim, { updated_at: new Date(claimedAt) })) === 1;
  }

  /** Stores the answer, unless the key has one. It counts even if the claim moved on: it answers the same work. */
  async complete(claim: KeyClaim, { status, headers, body }: StoredAnswer, at: number): Promise<void> {
    await queryBuilder(this.#orm)
      .updateTable('idempotency_keys')
      .set({
        state: 'done',
        status,
        headers,
        // As one JSON string and not as a document: `jsonb` would give its members back in another order.
        body: body === undefined ? null : JSON.stringify(body),
        updated_at: new Date(at),
      })
      .where('id', '=', claim.id)
      .where('state', '=', 'in_progress')
      .execute();
  }

  /** Removes a key that is not answered. */
  async remove(claim: KeyClaim): Promise<void> {
    await queryBuilder(this.#orm)
      .deleteFrom('idempotency_keys')
      .where('id', '=', claim.id)
      .where('state', '=', 'in_progress')
      .where('updated_at', '=', new Date(claim.claimedAt))
      .execute();
  }

  /** Removes keys that ran out, all of them or one user's key, and returns how many. */
  async removeExpired(at: number, only?: { readonly userId: string; readonly key: string }): Promise<number> {
    return this.#orm.em.fork().nativeDelete(IdempotencyKeyRecord, {
      expiresAt: { $lte: new Date(at) },
      ...(only ? { user: only.userId, key: only.key } : {}),
    });
  }

  async #change(claim: KeyClaim, columns: { readonly updated_at: Date }): Promise<number> {
    const result = await queryBuilder(this.#orm)
      .updateTable('idempotency_keys')
      .set(columns)
      .where('id', '=', claim.id)
      .where('state', '=', 'in_progress')
      .where('updated_at', '=', new Date(claim.claimedAt))
      .executeTakeFirst();
    return Number(result.numUpdatedRows);
  }
}

function toAnswer(
  status: number,
  headers: Readonly<Record<string, string>> | null,
  body: unknown,
): StoredAnswer {
  return { status, headers: headers ?? {}, body: typeof body === 'string' ? body : undefined };
}
