/** The key pair of web push in the database: one for all copies of the server. */

import { queryBuilder } from '../../persistence/query-builder.ts';
import type { SealedSecret } from '../../encryption/key-ring.ts';
import type { Orm } from '../../persistence/orm.ts';

/** The pair as stored; what is private of it is sealed. */
export interface StoredPushKey {
  readonly publicKey: string;
  readonly secret: SealedSecret;
}

const ONLY = 1;

export class PushKeyStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  async find(): Promise<StoredPushKey | undefined> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('push_keys')
      .select(['public_key', 'secret_ciphertext', 'secret_key_id'])
      .executeTakeFirst();
    return (
      row && {
        publicKey: row.public_key,
        secret: { ciphertext: row.secret_ciphertext, keyId: row.secret_key_id },
      }
    );
  }

  /** Stores the pair unless there is one. */
  async begin({ publicKey, secret }: StoredPushKey): Promise<void> {
    await queryBuilder(this.#orm)
      .insertInto('push_keys')
      .values({
        id: ONLY,
        public_key: publicKey,
        secret_ciphertext: secret.ciphertext,
        secret_key_id: secret.keyId,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
  }

  /** Stores the same secret sealed with another key. */
  async replaceSecret({ ciphertext, keyId }: SealedSecret): Promise<void> {
    await queryBuilder(this.#orm)
      .updateTable('push_keys')
      .set({ secret_ciphertext: ciphertext, secret_key_id: keyId, updated_at: new Date() })
      .execute();
  }
}
