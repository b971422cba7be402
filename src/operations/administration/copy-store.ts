/** The copies of the server, and the accounts that each runs, as PostgreSQL sees it: who holds an account's lock runs it. */

import { databaseOf } from '../../persistence/orm.ts';
import { ACCOUNT_LOCK, OWNERSHIP_PURPOSE } from '../../trading/account-ownership-store.ts';
import type { Orm } from '../../persistence/orm.ts';

/** `gone`: it was not seen for two minutes, so others take it for dead. */
export type CopyState = 'running' | 'stopped' | 'gone';

/** A copy of the server. Times are UTC ms. */
export interface ServerCopy {
  readonly id: string;
  readonly version: string;
  readonly migrationsHead: string;
  readonly host: string;
  readonly pid: number;
  readonly state: CopyState;
  readonly startedAt: number;
  readonly lastSeenAt: number;
  readonly stoppedAt: number | null;
  /** Of the accounts that it runs, in order. */
  readonly accountIds: readonly string[];
}

const msOf = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

export class CopyStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Returns those that run and those that were seen within a day, newest first. */
  list(): Promise<ServerCopy[]> {
    // A connection is named after its machine and process, cut to what PostgreSQL takes.
    return databaseOf(this.#orm).query<ServerCopy>(`
      with owned as (
        select activity.application_name as name, accounts.id
        from pg_locks locks
        join pg_stat_activity activity using (pid)
        join oanda_accounts accounts on locks.objid::bigint = hashtext(accounts.id::text)::bigint & 4294967295
        where locks.locktype = 'advisory' and locks.classid = ${ACCOUNT_LOCK} and locks.objsubid = 2 and locks.granted
          and locks.database = (select oid from pg_database where datname = current_database())
      )
      select id, version, migrations_head as "migrationsHead", host, pid,
        case when stopped_at is not null then 'stopped'
          when last_seen_at > now() - interval '2 minutes' then 'running' else 'gone' end as state,
        ${msOf('started_at')} as "startedAt", ${msOf('last_seen_at')} as "lastSeenAt", ${msOf('stopped_at')} as "stoppedAt",
        array(select owned.id::text from owned
          where stopped_at is null and owned.name = left('${OWNERSHIP_PURPOSE} ' || host || ':' || pid, 63)
          order by owned.id) as "accountIds"
      from app_instances order by started_at desc, id`);
  }
}
