/** Which session migrates a database now, which wait for it, and ending it on request. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MigratorFailure } from '../../failure.ts';
import { onPlainConnection } from '../../run/connect/plain-connection.ts';
import { describeSession, SESSION_COLUMNS } from '../../run/connect/seen-session.ts';
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import { INSUFFICIENT_PRIVILEGE } from '../../run/connect/sql-states.ts';
import { LOCK_HOLDERS } from '../../run/session/migration-lock.ts';
import type { SeenSession } from '../../run/connect/seen-session.ts';
import type { Query } from '../../run/connect/query.ts';

/** A session ends at its next chance; one that does not within this time is stuck in the system. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 100;

export interface LockSessions {
  readonly holders: readonly SeenSession[];
  /** Other migrators that are connected: they ask for the lock again and again. */
  readonly waiting: readonly SeenSession[];
  /** Sessions that wait for a table that a holder has locked. */
  readonly blocked: readonly SeenSession[];
}

/** Looks at the lock of the database that `query` is connected to. */
export async function readLockSessions(query: Query): Promise<LockSessions> {
  const sessions = (which: string) =>
    query<SeenSession>(
      `select ${SESSION_COLUMNS} from pg_stat_activity where datname = current_database() and ${which} order by pid`,
    );
  return {
    holders: await sessions(`pid in (${LOCK_HOLDERS})`),
    waiting: await sessions(`application_name like 'migrator %' and pid not in (${LOCK_HOLDERS})`),
    blocked: await sessions(`pg_blocking_pids(pid) && array(${LOCK_HOLDERS})`),
  };
}

/** Returns a line for each session that holds the lock, waits for it or waits for what its holder has locked. */
export function lockText({ holders, waiting, blocked }: LockSessions): string[] {
  return [
    ...holders.map((session) => `held by ${describeSession(session)}`),
    ...waiting.map((session) => `connected to migrate too: ${describeSession(session)}`),
    ...blocked.map((session) => `waits for the holder: ${describeSession(session)}`),
  ];
}

/** Ends the session that holds the lock and returns true; false when `pid` did not hold it. Waits until the lock is free of it. */
export function endSession(databaseUrl: string, pid: number): Promise<boolean> {
  return onPlainConnection(databaseUrl, 'unlock', async (query) => {
    const holder = `from (${LOCK_HOLDERS}) holders where pid = ${pid}`;
    // Asked again in the same statement: the number may belong to another session by now.
    const [row] = await query(`select pg_terminate_backend(pid) ${holder}`).catch(refuseWithoutRight);
    if (row === undefined) return false;
    const giveUpAt = performance.now() + PATIENCE_MS;
    while ((await query(`select ${holder}`)).length > 0) {
      if (performance.now() > giveUpAt)
        throw new MigratorFailure(
          'conflict',
          `Process ${pid} still holds the migration lock after ${PATIENCE_MS / 1_000} s. It ends at its next chance; look again.`,
        );
      await sleep(LOOK_EVERY_MS);
    }
    return true;
  });
}

function refuseWithoutRight(cause: unknown): never {
  if (sqlStateOf(cause) !== INSUFFICIENT_PRIVILEGE) throw cause;
  throw new MigratorFailure(
    'database-refused',
    'Nothing was ended: this user may not end that session. Use the user that migrates, or one with pg_signal_backend.',
    {},
    { cause },
  );
}
