/** The tokens of accounts at a broker, as they are stored: sealed. */

import { queryBuilder } from '../../persistence/query-builder.ts';
import type { Environment } from '../../core/domain/account.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { SealedSecret } from '../../encryption/key-ring.ts';

/** A token, and the account that it is bound to. */
export interface StoredToken {
  readonly accountId: string;
  readonly environment: Environment;
  readonly sealed: SealedSecret;
}

export class TokenStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** The token of an account; undefined for a paper account, which has none. */
  async find(accountId: string): Promise<StoredToken | undefined> {
    const [token] = await this.#select((query) => query.where('id', '=', accountId));
    return token;
  }

  /** Every token, those of closed accounts too, by account. */
  list(): Promise<readonly StoredToken[]> {
    return this.#select((query) => query.orderBy('id'));
  }

  /** Stores a token in the place of the one that was found there; false when another one has come meanwhile. */
  async replace({ accountId, sealed: found }: StoredToken, sealed: SealedSecret): Promise<boolean> {
    const updated = await queryBuilder(this.#orm)
      .updateTable('oanda_accounts')
      .set({ token_ciphertext: sealed.ciphertext, token_key_id: sealed.keyId, updated_at: new Date() })
      .where('id', '=', accountId)
      .where('token_ciphertext', '=', found.ciphertext)
      .executeTakeFirst();
    return updated.numUpdatedRows === 1n;
  }

  async #select(narrow: (query: TokenQuery) => TokenQuery): Promise<readonly StoredToken[]> {
    const rows = await narrow(selectTokens(this.#orm)).execute();
    return rows.flatMap(({ id, environment, token_ciphertext: ciphertext, token_key_id: keyId }) =>
      ciphertext === null || keyId === null
        ? []
        : [{ accountId: id, environment, sealed: { ciphertext, keyId } }],
    );
  }
}

type TokenQuery = ReturnType<typeof selectTokens>;

function selectTokens(orm: Orm) {
  return queryBuilder(orm)
    .selectFrom('oanda_accounts')
    .select(['id', 'environment', 'token_ciphertext', 'token_key_id']);
}
