/** Tokens that were sent by e-mail, in the database. A token counts only for the address that the person has, and while they may use the server. */

import { randomUUIDv7 } from 'node:crypto';
import { UserTokenRecord } from '../../entities/index.ts';
import { queryBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';

/** What a token is for. */
export type TokenPurpose = UserTokenRecord['purpose'];

/** What a token is for, and whose it is. */
export interface UserToken {
  readonly userId: string;
  readonly purpose: TokenPurpose;
  /** The address that it is about. */
  readonly email: string;
}

/** A token as it was found; UTC ms. */
export interface FoundToken extends UserToken {
  readonly expiresAt: number;
}

export class UserTokenStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  async add(
    { userId, purpose, email }: UserToken,
    {
      tokenHash,
      at,
      expiresAt,
    }: { readonly tokenHash: string; readonly at: number; readonly expiresAt: number },
  ): Promise<void> {
    const now = new Date(at);
    await queryBuilder(this.#orm)
      .insertInto('user_tokens')
      .values({
        id: randomUUIDv7(),
        user_id: userId,
        purpose,
        token_hash: tokenHash,
        email,
        expires_at: new Date(expiresAt),
        created_at: now,
        updated_at: now,
      })
      .execute();
  }

  /** A token of an active person that has not expired at `at`. */
  async find(tokenHash: string, at: number): Promise<FoundToken | undefined> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('user_tokens')
      .innerJoin('users', 'users.id', 'user_tokens.user_id')
      .select(['user_tokens.user_id', 'user_tokens.purpose', 'user_tokens.email', 'user_tokens.expires_at'])
      .where('user_tokens.token_hash', '=', tokenHash)
      .where('user_tokens.expires_at', '>', new Date(at))
      .where('users.is_active', '=', true)
      .executeTakeFirst();
    return (
      row && {
        userId: row.user_id,
        purpose: row.purpose,
        email: row.email,
        expiresAt: row.expires_at.getTime(),
      }
    );
  }

  /**
   * Takes a token, and with it all others of the person for the same purpose; false when another request was quicker. A code to undo a
   * change of the address leaves those of earlier changes, which end earlier: who changed it twice must not take the way back from its owner.
   */
  async take(tokenHash: string, { userId, purpose }: UserToken): Promise<boolean> {
    let query = queryBuilder(this.#orm)
      .deleteFrom('user_tokens')
      .where('user_id', '=', userId)
      .where('purpose', '=', purpose);
    if (purpose === 'undo-email-change')
      query = query.where('expires_at', '>=', (eb) =>
        eb.selectFrom('user_tokens').select('expires_at').where('token_hash', '=', tokenHash),
      );
    const taken = await query.returning('token_hash').execute();
    return taken.some((row) => row.token_hash === tokenHash);
  }

  removeExpired(before: number): Promise<number> {
    return this.#orm.em.fork().nativeDelete(UserTokenRecord, { expiresAt: { $lt: new Date(before) } });
  }
}
