/** Claiming a backfill: one worker at a time, across all copies of the server. */
import { literal } from '../../run/connect/sql-text.ts';
import { endWhenClientIsGone } from '../../run/session/migration-lock.ts';
import { SESSION_COLUMNS } from '../../run/connect/seen-session.ts';
import type { SeenSession } from '../../run/connect/seen-session.ts';
import type { Query } from '../../run/connect/query.ts';
import type { BackfillConnection } from './backfill-connection.ts';

/** The first key of our advisory locks on backfills; the second is a hash of the name. The value spells `bkfl`. */
const BACKFILL_LOCK = 0x626b666c;

/** A claimed backfill, for as long as the connection lives that it was claimed on. */
export interface ClaimedBackfill {
  readonly name: string;
  readonly table: string;
  readonly keyColumn: string;
  readonly assignment: string;
  readonly condition: string;
  readonly cursor: string | null;
  readonly batchSize: number;
  readonly rowsDone: number;
  /** The database's process that holds the lock. */
  readonly backendPid: number;
}

/** Claims it; undefined when another worker has it, or when it is not to be worked on. */
export async function claimBackfill(
  { query }: BackfillConnection,
  name: string,
): Promise<ClaimedBackfill | undefined> {
  // A worker that was killed in a batch is noticed while that still runs, where the system can watch connections.
  await endWhenClientIsGone(query);
  const [lock] = await query<{ taken: boolean; pid: number }>(
    `select pg_try_advisory_lock(${BACKFILL_LOCK}, hashtext(${literal(name)})) as taken, pg_backend_pid() as pid`,
  );
  if (lock?.taken !== true) return undefined;
  const [row] = await query<Omit<ClaimedBackfill, 'backendPid'>>(
    `update backfill_jobs set state = 'running', error = null, heartbeat_at = now(), updated_at = now(),
         started_at = coalesce(started_at, now())
       where name = ${literal(name)} and state in ('pending', 'running')
       returning name, table_name as "table", key_column as "keyColumn", assignment, condition, cursor,
         batch_size as "batchSize", rows_done as "rowsDone"`,
  );
  return row && { ...row, backendPid: lock.pid };
}

/** Returns the session that has claimed it, if any. */
export async function backfillHolder(query: Query, name: string): Promise<SeenSession | undefined> {
  // As an advisory lock of two keys is listed: unsigned, with objsubid 2.
  const [holder] = await query<SeenSession>(
    `select ${SESSION_COLUMNS}
       from pg_stat_activity where pid in (select pid from pg_locks where locktype = 'advisory' and granted and objsubid = 2
         and classid = ${BACKFILL_LOCK} and objid::bigint = (hashtext(${literal(name)})::bigint & 4294967295)
         and database = (select oid from pg_database where datname = current_database()))`,
  );
  return holder;
}

/** What is noted of a claimed backfill, in SQL. */
export const NOTES = {
  rows: (estimate: number | null) => `rows_estimate = ${estimate ?? 'null'}`,
  /** It is worked on, and waits for this. */
  waits: (reason: string) => `error = ${literal(reason)}`,
  done: () => `state = 'done', completed_at = now(), error = null, cursor = null`,
  /** It cannot continue; it keeps its place. */
  failed: (reason: string) => `state = 'failed', error = ${literal(reason)}`,
  /** It is left to the next worker. */
  givenBack: () => `state = 'pending', error = null`,
} as const;

/** Notes it; false when a person has paused or removed the backfill meanwhile: nothing is written over that. */
export async function note(
  { query }: BackfillConnection,
  { name }: ClaimedBackfill,
  set: string,
): Promise<boolean> {
  const rows = await query(
    `update backfill_jobs set ${set}, heartbeat_at = now(), updated_at = now()
      where name = ${literal(name)} and state = 'running' returning name`,
  );
  return rows.length === 1;
}

/** Releases the lock, so that the next worker need not wait for the end of the connection. */
export async function releaseBackfills({ query }: BackfillConnection): Promise<void> {
  await query('select pg_advisory_unlock_all()');
}
