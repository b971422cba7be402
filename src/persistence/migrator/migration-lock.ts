/** One migrator at a time, across all processes and machines that share a database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../shared/app-error.ts';
import type { Query } from './query.ts';

/** Any two numbers, as long as nothing else in the database locks them. The first spells `AFmg`. */
const LOCK_CLASS = 0x41466d67;
const LOCK_ID = 1;

/** Longer than any migration that runs at start should take; a holder that is alive for longer needs a human. */
const WAIT_BUDGET_MS = 15 * 60_000;
const POLL_MS = { shortest: 200, longest: 1_000 };
/** How often the log repeats who is being waited for. */
const REPORT_EVERY_MS = 10_000;

export interface LockSettings {
  readonly log: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes the lock on the connection behind `query`, which must be the one that migrates. It is polled and never waited for
 * inside PostgreSQL: a waiting statement is a transaction, and would make `create index concurrently` of the holder fail.
 * PostgreSQL gives the lock back by itself when the connection ends, so a killed process leaves none behind.
 */
export async function takeLock(query: Query, { log, signal }: LockSettings): Promise<void> {
  await endWhenClientIsGone(query);
  const startedAt = Date.now();
  let reportedAt = -Infinity;
  while (!(await tryLock(query))) {
    const now = Date.now();
    const holder = await describeHolder(query);
    if (now - startedAt > WAIT_BUDGET_MS) {
      throw new AppError(
        'migration-failed',
        `Another process has been migrating for ${WAIT_BUDGET_MS / 60_000} minutes and holds the lock: ${holder}. ` +
          'Nothing was changed by this one. See whether that process is alive; ending it frees the lock.',
      );
    }
    if (now - reportedAt > REPORT_EVERY_MS) {
      log(`Waiting for another process that migrates: ${holder}`);
      reportedAt = now;
    }
    const pause = POLL_MS.shortest + Math.random() * (POLL_MS.longest - POLL_MS.shortest);
    await sleep(pause, undefined, { ...(signal && { signal }) });
  }
}

/** Throws unless the lock is still held by this connection; a connection that was replaced has lost it. */
export async function confirmLock(query: Query): Promise<void> {
  const [row] = await query<{ held: boolean }>(
    `select exists (select from pg_locks where ${OURS} and granted and pid = pg_backend_pid()) as held`,
  );
  if (row?.held === true) return;
  throw new AppError(
    'migration-failed',
    'The connection that held the migration lock was lost. What was applied so far stays; start again to apply the rest.',
  );
}

export async function releaseLock(query: Query): Promise<void> {
  await query(`select pg_advisory_unlock(${LOCK_CLASS}, ${LOCK_ID})`);
}

const OURS = `locktype = 'advisory' and classid = ${LOCK_CLASS} and objid = ${LOCK_ID} and objsubid = 2
  and database = (select oid from pg_database where datname = current_database())`;

async function tryLock(query: Query): Promise<boolean> {
  const [row] = await query<{ locked: boolean }>(
    `select pg_try_advisory_lock(${LOCK_CLASS}, ${LOCK_ID}) as locked`,
  );
  return row?.locked === true;
}

async function describeHolder(query: Query): Promise<string> {
  const [row] = await query<{ holder: string }>(
    `select format('%s, PostgreSQL process %s, connected since %s', application_name, pid, backend_start) as holder
       from pg_stat_activity where pid in (select pid from pg_locks where ${OURS} and granted)`,
  );
  return row?.holder ?? 'it has just finished';
}

/**
 * Without this, PostgreSQL runs a killed process's statement to its end and holds all its locks that long. Some systems
 * cannot watch a connection; there it stays slow.
 */
async function endWhenClientIsGone(query: Query): Promise<void> {
  await query(`select set_config('client_connection_check_interval', '1000', false)`).catch(() => []);
}
