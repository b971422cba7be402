/** Second factors in the database. A code is taken by one statement, so that it is taken once however often it is sent. */

import { instantFrom } from '../../persistence/column-values.ts';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import type { SealedSecret } from '../../encryption/key-ring.ts';
import type { Orm } from '../../persistence/orm.ts';

/** A person's second factor. Times are UTC ms. */
export interface SecondFactor {
  readonly id: string;
  readonly userId: string;
  readonly secret: SealedSecret;
  /** Since when sign-in asks for it; undefined before a first code was sent. */
  readonly confirmedAt: number | undefined;
  readonly recoveryCodes: number;
}

export class SecondFactorStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  async find(userId: string): Promise<SecondFactor | undefined> {
    const row = await select(this.#orm).where('user_id', '=', userId).executeTakeFirst();
    return row && toSecondFactor(row);
  }

  /** Every second factor, for a change of the encryption key. */
  async all(): Promise<readonly SecondFactor[]> {
    return (await select(this.#orm).orderBy('id').execute()).map(toSecondFactor);
  }

  /** Stores a secret that waits for its first code, in place of one that still does; false when the person has a second factor. */
  async prepare(userId: string, id: string, secret: SealedSecret, at: number): Promise<boolean> {
    const now = new Date(at);
    const values = { id, ...columnsOf(secret), updated_at: now };
    const row = await queryBuilder(this.#orm)
      .insertInto('second_factors')
      .values({ ...values, user_id: userId, created_at: now })
      .onConflict((conflict) =>
        conflict.column('user_id').doUpdateSet(values).where('second_factors.confirmed_at', 'is', null),
      )
      .returning('id')
      .executeTakeFirst();
    return row !== undefined;
  }

  /**
   * Makes sign-in ask for it from now on; false when it was confirmed or replaced meanwhile. The person's row is locked, so that a
   * session that is opened at the same moment without a code comes before, and can be ended, or is refused.
   */
  confirm(
    { id, userId }: SecondFactor,
    {
      step,
      recoveryCodeHashes,
      at,
    }: { readonly step: number; readonly recoveryCodeHashes: readonly string[]; readonly at: number },
  ): Promise<boolean> {
    const now = new Date(at);
    return inTransaction(this.#orm, async (db) => {
      await db.selectFrom('users').select('id').where('id', '=', userId).forNoKeyUpdate().execute();
      const row = await db
        .updateTable('second_factors')
        .set({
          confirmed_at: now,
          last_step: step,
          recovery_code_hashes: [...recoveryCodeHashes],
          updated_at: now,
        })
        .where('id', '=', id)
        .where('confirmed_at', 'is', null)
        .returning('id')
        .executeTakeFirst();
      return row !== undefined;
    });
  }

  /** Takes the code of a time step; false when that code, or a later one, was taken before. */
  async takeStep(id: string, step: number, at: number): Promise<boolean> {
    const row = await queryBuilder(this.#orm)
      .updateTable('second_factors')
      .set({ last_step: step, updated_at: new Date(at) })
      .where('id', '=', id)
      .where('last_step', '<', step)
      .returning('id')
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Takes a recovery code, which is then worth nothing; false when there is no such code. */
  async takeRecoveryCode(id: string, codeHash: string, at: number): Promise<boolean> {
    const row = await queryBuilder(this.#orm)
      .updateTable('second_factors')
      .set(({ fn, val }) => ({
        recovery_code_hashes: fn<string[]>('array_remove', ['recovery_code_hashes', val(codeHash)]),
        updated_at: new Date(at),
      }))
      .where('id', '=', id)
      .where(({ eb, fn, val }) => eb(val(codeHash), '=', fn.any('recovery_code_hashes')))
      .returning('id')
      .executeTakeFirst();
    return row !== undefined;
  }

  async replaceRecoveryCodes(id: string, codeHashes: readonly string[], at: number): Promise<void> {
    await queryBuilder(this.#orm)
      .updateTable('second_factors')
      .set({ recovery_code_hashes: [...codeHashes], updated_at: new Date(at) })
      .where('id', '=', id)
      .execute();
  }

  /** Stores the same secret sealed with another key; false when it was replaced meanwhile. */
  async replaceSecret({ id, secret }: SecondFactor, sealed: SealedSecret): Promise<boolean> {
    const updated = await queryBuilder(this.#orm)
      .updateTable('second_factors')
      .set(columnsOf(sealed))
      .where('id', '=', id)
      .where('secret_ciphertext', '=', secret.ciphertext)
      .executeTakeFirst();
    return updated.numUpdatedRows === 1n;
  }

  /** Removes a person's second factor; false, and nothing is changed, when sign-in does not ask for one. */
  async remove(userId: string): Promise<boolean> {
    const row = await queryBuilder(this.#orm)
      .deleteFrom('second_factors')
      .where('user_id', '=', userId)
      .where('confirmed_at', 'is not', null)
      .returning('id')
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Removes a person's second factor that was confirmed at an instant (UTC ms) or later, or waits for its first code; returns whether sign-in asked for it. */
  async removeSince(userId: string, since: number): Promise<boolean> {
    const row = await queryBuilder(this.#orm)
      .deleteFrom('second_factors')
      .where('user_id', '=', userId)
      .where((is) => is.or([is('confirmed_at', 'is', null), is('confirmed_at', '>=', new Date(since))]))
      .returning('confirmed_at')
      .executeTakeFirst();
    return row !== undefined && row.confirmed_at !== null;
  }
}

function columnsOf({ ciphertext, keyId }: SealedSecret) {
  return { secret_ciphertext: ciphertext, secret_key_id: keyId };
}

function select(orm: Orm) {
  return queryBuilder(orm)
    .selectFrom('second_factors')
    .select(['id', 'user_id', 'secret_ciphertext', 'secret_key_id', 'confirmed_at', 'recovery_code_hashes']);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number];

function toSecondFactor(row: Row): SecondFactor {
  return {
    id: row.id,
    userId: row.user_id,
    secret: { ciphertext: row.secret_ciphertext, keyId: row.secret_key_id },
    confirmedAt: instantFrom(row.confirmed_at),
    recoveryCodes: row.recovery_code_hashes.length,
  };
}
