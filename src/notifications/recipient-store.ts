/** Who is notified: people with their language, and the names of the accounts and strategies that entries are about. */

import { queryBuilder } from '../persistence/query-builder.ts';
import type { Orm } from '../persistence/orm.ts';
import type { Language } from './notification-types.ts';

/** A person who is notified. */
export interface Recipient {
  readonly userId: string;
  readonly language: Language;
}

export class RecipientStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Those of these people who may use the server, and those who administer it. */
  async find(
    userIds: readonly string[],
  ): Promise<{ readonly people: readonly Recipient[]; readonly administrators: readonly Recipient[] }> {
    const rows = await queryBuilder(this.#orm)
      .selectFrom('users')
      .select(['id', 'language', 'role'])
      .where('is_active', '=', true)
      .where('deleted_at', 'is', null)
      .where(({ eb, or }) =>
        or([eb('role', '=', 'admin'), ...(userIds.length > 0 ? [eb('id', 'in', userIds)] : [])]),
      )
      .execute();
    const wanted = new Set(userIds);
    const toRecipient = (row: (typeof rows)[number]): Recipient => ({
      userId: row.id,
      language: row.language,
    });
    return {
      people: rows.filter(({ id }) => wanted.has(id)).map(toRecipient),
      administrators: rows.filter(({ role }) => role === 'admin').map(toRecipient),
    };
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
