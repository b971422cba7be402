/** Deleting a person in the database: what says who it was goes, and what their accounts did stays. */

import { CHANGE_MADE } from '../recorded-changes.ts';
import { inTransaction } from '../../persistence/query-builder.ts';
import { NO_PASSWORD } from '../password-hash.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';

/** Why a person was not deleted, or that they were. */
export type Deletion = 'deleted' | 'not-found' | 'not-disabled' | 'has-accounts';

/** What belongs to a person and to no books. */
const PERSONAL_TABLES = [
  'user_sessions',
  'api_keys',
  'known_devices',
  'second_factors',
  'user_tokens',
  'notifications',
  'notification_deliveries',
  'notification_channels',
  'notification_settings',
  'idempotency_keys',
  'price_imports',
] as const;

export class DeletionStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Deletes a disabled person without accounts that are open, or says why not. The row is locked meanwhile. */
  delete(userId: string, at: number): Promise<Deletion> {
    return inTransaction(this.#orm, async (db) => {
      const person = await db
        .selectFrom('users')
        .select(['is_active', 'email'])
        .where('id', '=', userId)
        .where('deleted_at', 'is', null)
        .forUpdate()
        .executeTakeFirst();
      if (!person) return 'not-found';
      if (person.is_active) return 'not-disabled';
      if (await hasAccounts(db, userId)) return 'has-accounts';
      for (const table of PERSONAL_TABLES) await db.deleteFrom(table).where('user_id', '=', userId).execute();
      // Those about them went to former addresses too.
      await db
        .deleteFrom('outgoing_mails')
        .where(({ eb, fn, val, or }) =>
          or([
            eb('recipient', '=', person.email),
            eb(fn<string>('jsonb_extract_path_text', ['data', val('userId')]), '=', userId),
          ]),
        )
        .execute();
      await db
        .updateTable('system_settings')
        .set(({ fn, val }) => ({
          listed_sign_ups: fn<string[]>('array_remove', ['listed_sign_ups', val(person.email)]),
        }))
        .execute();
      await forgetNames(db, userId, new Date(at));
      return 'deleted';
    });
  }
}

async function hasAccounts(db: QueryBuilder, userId: string): Promise<boolean> {
  const account = await db
    .selectFrom('oanda_accounts')
    .select('id')
    .where('user_id', '=', userId)
    .where('is_active', '=', true)
    .limit(1)
    .executeTakeFirst();
  return account !== undefined;
}

async function forgetNames(db: QueryBuilder, userId: string, now: Date): Promise<void> {
  await db
    .updateTable('users')
    .set({
      email: `${userId}@deleted.invalid`,
      username: userId,
      password_hash: NO_PASSWORD,
      role: 'trader',
      first_name: null,
      last_name: null,
      timezone: 'UTC',
      email_verified_at: null,
      last_login_at: null,
      deleted_at: now,
      updated_at: now,
    })
    .where('id', '=', userId)
    .execute();
  await db
    .updateTable('user_settings')
    .set({ notify_webhook_url: null, preferences: {}, updated_at: now })
    .where('user_id', '=', userId)
    .execute();
  await db
    .updateTable('events')
    .set({ ip_address: null, user_agent: null })
    .where('user_id', '=', userId)
    .execute();
  await db
    .updateTable('events')
    .set({ actor: null })
    .where('user_id', '=', userId)
    .where('actor_id', '=', userId)
    .execute();
  // What they did about others, as administrators.
  await db
    .updateTable('events')
    .set({ ip_address: null, user_agent: null, actor: null })
    .where('actor_id', '=', userId)
    .whereRef('user_id', 'is distinct from', 'actor_id')
    .execute();
  // What a person named, such as themselves and their API keys, and their addresses are in the texts of these.
  await db
    .updateTable('events')
    .set(({ ref }) => ({ description: ref('type'), details: {} }))
    .where('user_id', '=', userId)
    .where(({ eb, or }) => or([eb('category', '=', 'security'), eb('type', '=', CHANGE_MADE)]))
    .execute();
}
