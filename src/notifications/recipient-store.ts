/** Who is notified: people with their language, and the names of the accounts and strategies that entries are about. */

import { isTimezone } from '../people/timezone.ts';
import { queryBuilder } from '../persistence/query-builder.ts';
import type { Severity } from '../core/domain/journal-entry.ts';
import type { Orm } from '../persistence/orm.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';
import type { Language } from './notification-types.ts';

/** A person who is notified, with what their profile and their settings say. */
export interface Recipient {
  readonly userId: string;
  readonly language: Language;
  readonly timezone: string;
  /** Undefined when it is not known to be theirs. */
  readonly verifiedEmail: string | undefined;
  readonly notifyEmail: boolean;
  readonly notifyWebhookUrl: string | undefined;
  readonly notifyMinSeverity: Severity;
}

export class RecipientStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Those of these people who may use the server. */
  async find(userIds: readonly string[]): Promise<readonly Recipient[]> {
    if (userIds.length === 0) return [];
    const rows = await select(queryBuilder(this.#orm)).where('users.id', 'in', userIds).execute();
    return rows.map(toRecipient);
  }

  /** Those who administer the server. */
  async administrators(): Promise<readonly Recipient[]> {
    const rows = await select(queryBuilder(this.#orm)).where('users.role', '=', 'admin').execute();
    return rows.map(toRecipient);
  }

  /** The names of accounts by their ids. */
  async accountNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#names('oanda_accounts', ids);
  }

  /** The names of strategies by their ids. */
  async strategyNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#names('strategies', ids);
  }

  async #names(
    table: 'oanda_accounts' | 'strategies',
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const rows = await queryBuilder(this.#orm)
      .selectFrom(table)
      .select(['id', 'name'])
      .where('id', 'in', ids)
      .execute();
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}

function select(db: QueryBuilder) {
  return db
    .selectFrom('users')
    .innerJoin('user_settings', 'user_settings.user_id', 'users.id')
    .select([
      'users.id',
      'users.language',
      'users.timezone',
      'users.email',
      'users.email_verified_at',
      'user_settings.notify_email',
      'user_settings.notify_webhook_url',
      'user_settings.notify_min_severity',
    ])
    .where('users.is_active', '=', true)
    .where('users.deleted_at', 'is', null);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number];

function toRecipient(row: Row): Recipient {
  return {
    userId: row.id,
    language: row.language,
    // One that this version of Node does not know must not keep anyone from being notified.
    timezone: isTimezone(row.timezone) ? row.timezone : 'UTC',
    verifiedEmail: row.email_verified_at === null ? undefined : row.email,
    notifyEmail: row.notify_email,
    notifyWebhookUrl: row.notify_webhook_url ?? undefined,
    notifyMinSeverity: row.notify_min_severity,
  };
}
