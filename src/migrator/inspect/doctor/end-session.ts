/** Ends the session that holds the migration lock, and none other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MigratorFailure } from '../../failure.ts';
import { openPlainConnection } from '../../run/connect/plain-connection.ts';
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import { INSUFFICIENT_PRIVILEGE } from '../../run/connect/sql-states.ts';
import { LOCK_HOLDERS } from './lock-sessions.ts';

/** A session ends at its next chance; one that does not within this time is stuck in the system. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 100;

/** Returns whether it was ended; false when `pid` did not hold the lock. Waits until the lock is free of it. */
export async function endSession(databaseUrl: string, pid: number): Promise<boolean> {
  const connection = openPlainConnection(databaseUrl, 'unlock');
  try {
    // Asked again in the same statement: the number may belong to another session by now.
    const [row] = await connection
      .query(`select pg_terminate_backend(pid) as ended from (${LOCK_HOLDERS}) holders where pid = ${pid}`)
      .catch(refuseWithoutRight);
    if (row === undefined) return false;
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (await isHolding(connection, pid)) {
      if (performance.now() > giveUpAt)
        throw new MigratorFailure(
          'conflict',
          `Process ${pid} was told to end and still holds the migration lock after ${PATIENCE_MS / 1_000} s. ` +
            'It ends at its next chance; look again with manage db doctor --locks.',
        );
      await sleep(LOOK_EVERY_MS);
    }
    return true;
  } finally {
    await connection.close();
  }
}

async function isHolding(connection: ReturnType<typeof openPlainConnection>, pid: number): Promise<boolean> {
  return (await connection.query(`select from (${LOCK_HOLDERS}) holders where pid = ${pid}`)).length > 0;
}

function refuseWithoutRight(error: unknown): never {
  if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
  throw new MigratorFailure(
    'database-refused',
    'Nothing was ended: this user may not end that session. Use the user that migrates, or one with pg_signal_backend.',
    {},
    { cause: error },
  );
}
