/** What the database says about a server: itself, its clock, its role, accounts and copies. */

import { databaseOf } from '../../persistence/orm.ts';
import type { Orm } from '../../persistence/orm.ts';

export interface DatabaseFacts {
  readonly version: string;
  /** By the database's clock (UTC ms). */
  readonly now: number;
  readonly bytes: number;
  /** Settings with which a crash loses what was committed. */
  readonly unsafeSettings: readonly string[];
  readonly freeConnections: number;
  readonly role: string;
  /** Whether the role may change the schema. */
  readonly ownsTables: boolean;
}

export interface FaultyAccount {
  readonly id: string;
  readonly reason: string;
}

export class ServerFactsStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  async database(): Promise<DatabaseFacts> {
    const [row] = await databaseOf(this.#orm).query<DatabaseFacts>(`
      select current_setting('server_version') as version,
        (extract(epoch from clock_timestamp()) * 1000)::float8 as now,
        pg_database_size(current_database())::float8 as bytes,
        array(select name from pg_settings
          where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off' order by name) as "unsafeSettings",
        current_setting('max_connections')::int - (select count(*)::int from pg_stat_activity) as "freeConnections",
        current_user as role,
        coalesce((select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass('users')), false) as "ownsTables"`);
    if (!row) throw new Error('A select without a table has a row.');
    return row;
  }

  /** Accounts that cannot be run, as the copy that tried recorded it. */
  faultyAccounts(): Promise<FaultyAccount[]> {
    return databaseOf(this.#orm).query<FaultyAccount>(
      `select id, fault_reason as reason from oanda_accounts where fault_code is not null and is_active order by id`,
    );
  }

  /** The versions of the copies of the server that run. */
  async runningVersions(): Promise<readonly string[]> {
    const rows = await databaseOf(this.#orm).query<{ version: string }>(
      `select version from app_instances where stopped_at is null and last_seen_at > now() - interval '2 minutes' order by version`,
    );
    return rows.map(({ version }) => version);
  }
}
