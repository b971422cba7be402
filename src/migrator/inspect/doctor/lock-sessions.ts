/** Who migrates a database now: the session that holds the migration lock, and those that wait for it. Reads only. */
import { MIGRATION_LOCK } from '../../run/session/migration-lock.ts';
import type { Query } from '../../run/connect/query.ts';

/** A session of PostgreSQL. What this user may not see of another user's session is null. */
export interface Session {
  readonly pid: number;
  readonly application: string;
  readonly user: string | null;
  readonly host: string | null;
  readonly connectedAt: Date | null;
  readonly state: string | null;
  /** When its current or last statement began. */
  readonly statementAt: Date | null;
  readonly statement: string | null;
}

export interface LockSessions {
  readonly holders: readonly Session[];
  /** Other migrators that are connected: they ask for the lock again and again. */
  readonly waiting: readonly Session[];
  /** Sessions that wait for a table that a holder has locked. */
  readonly blocked: readonly Session[];
}

const SESSION = `a.pid, a.application_name as application, a.usename as "user", host(a.client_addr) as host,
  a.backend_start as "connectedAt", a.state, a.query_start as "statementAt",
  nullif(left(regexp_replace(a.query, '\\s+', ' ', 'g'), 300), '<insufficient privilege>') as statement`;
/** The processes that hold the lock of the database one is connected to, as a query. */
export const LOCK_HOLDERS = `select l.pid from pg_locks l
  where l.locktype = 'advisory' and l.classid = ${MIGRATION_LOCK.classId} and l.objid = ${MIGRATION_LOCK.id} and l.objsubid = 2 and l.granted
    and l.database = (select oid from pg_database where datname = current_database())`;

/** Looks at the lock of the database that `query` is connected to. */
export async function readLockSessions(query: Query): Promise<LockSessions> {
  const holders = await query<Session>(
    `select ${SESSION} from pg_stat_activity a where a.pid in (${LOCK_HOLDERS}) order by a.pid`,
  );
  const waiting = await query<Session>(
    `select ${SESSION} from pg_stat_activity a
      where a.datname = current_database() and a.application_name like 'migrator %'
        and a.pid not in (${LOCK_HOLDERS}) order by a.pid`,
  );
  const blocked = await query<Session>(
    `select ${SESSION} from pg_stat_activity a
      where a.datname = current_database() and pg_blocking_pids(a.pid) && array(${LOCK_HOLDERS}) order by a.pid`,
  );
  return { holders, waiting, blocked };
}
