/** The session that migrates: one at a time across all processes and machines that share a database, and as every migration finds it. */
import { MigratorFailure } from '../../failure.ts';
import { describeSession, SESSION_COLUMNS } from '../connect/seen-session.ts';
import { pause } from '../connect/pause.ts';
import type { SeenSession } from '../connect/seen-session.ts';
import type { MigratorSettings } from '../migrator-settings.ts';
import type { Query } from '../connect/query.ts';

/** Any two numbers, as long as nothing else in the database locks them. The first spells `AFmg`. */
export const MIGRATION_LOCK = { classId: 0x41466d67, id: 1 };

const POLL_MS = { shortest: 200, longest: 1_000 };
/** How often the log repeats who is being waited for. */
const REPORT_EVERY_MS = 10_000;

export interface LockSettings extends Pick<MigratorSettings, 'log' | 'signal' | 'lockWaitMs'> {
  /** Called with who holds the lock, after each attempt to get it. */
  readonly onHeld: (holder: string) => void;
}

/** The lock, as long as the connection lives that took it. */
export interface HeldLock {
  /** The PostgreSQL process that holds it. */
  readonly pid: number;
  release(): Promise<void>;
}

/**
 * Takes the lock on the connection behind `query`, which must be the one that migrates. It is polled and never waited for
 * inside PostgreSQL: a waiting statement is a transaction, and would make `create index concurrently` of the holder fail.
 * PostgreSQL releases the lock by itself when the connection ends, so a killed process leaves none behind.
 */
export async function takeLock(query: Query, settings: LockSettings): Promise<HeldLock> {
  await endWhenClientIsGone(query);
  const { log, signal, lockWaitMs, onHeld } = settings;
  const startedAt = performance.now();
  let reportedAt = -Infinity;
  for (;;) {
    signal?.throwIfAborted();
    const pid = await tryLock(query);
    if (pid !== undefined) return { pid, release: () => release(query) };
    const holder = await describeHolder(query);
    const now = performance.now();
    if (now - startedAt > lockWaitMs) throw timeout(lockWaitMs, holder);
    onHeld(holder);
    if (now - reportedAt > REPORT_EVERY_MS) {
      log.info({ holder }, 'waiting for another process that migrates');
      reportedAt = now;
    }
    const pauseMs = POLL_MS.shortest + Math.random() * (POLL_MS.longest - POLL_MS.shortest);
    await pause(Math.min(pauseMs, lockWaitMs), signal);
  }
}

function timeout(waitedMs: number, holder: string): MigratorFailure {
  return new MigratorFailure(
    'migration-lock-timeout',
    `Another process has been migrating for longer than the ${Math.round(waitedMs / 1_000)} s that this one waits: ${holder}. ` +
      'Nothing was changed by this one. See whether that process is alive ("manage db doctor --locks"); ending it frees the lock. ' +
      'MIGRATION_LOCK_WAIT_SECONDS sets how long to wait.',
    { holder },
  );
}

/** The processes that hold the lock of the database one is connected to, as a query. */
export const LOCK_HOLDERS = `select pid from pg_locks where locktype = 'advisory' and classid = ${MIGRATION_LOCK.classId}
  and objid = ${MIGRATION_LOCK.id} and objsubid = 2 and granted
  and database = (select oid from pg_database where datname = current_database())`;
/** A condition that is true while this very connection has the lock; a connection that was replaced has lost it. */
export const LOCK_IS_OURS = `pg_backend_pid() in (${LOCK_HOLDERS})`;

/** Throws unless the lock is still held by this connection. */
export async function confirmLock(query: Query): Promise<void> {
  const [row] = await query<{ is_ours: boolean }>(`select ${LOCK_IS_OURS} as is_ours`);
  if (row?.is_ours !== true) throw lostLock();
}

export function lostLock(): MigratorFailure {
  return new MigratorFailure(
    'migration-failed',
    'The connection that held the migration lock was lost. What was applied so far stays; start again to apply the rest.',
  );
}

/** The fence of a contract, if there was one, is opened with it. */
async function release(query: Query): Promise<void> {
  await query('select pg_advisory_unlock_all()');
}

async function tryLock(query: Query): Promise<number | undefined> {
  const [row] = await query<{ is_locked: boolean; pid: number }>(
    `select pg_try_advisory_lock(${MIGRATION_LOCK.classId}, ${MIGRATION_LOCK.id}) as is_locked, pg_backend_pid() as pid`,
  );
  return row?.is_locked === true ? row.pid : undefined;
}

async function describeHolder(query: Query): Promise<string> {
  const [row] = await query<SeenSession>(
    `select ${SESSION_COLUMNS}
       from pg_stat_activity where pid in (${LOCK_HOLDERS})`,
  );
  return row === undefined ? 'it has just finished' : describeSession(row);
}

/**
 * Without this, PostgreSQL runs a killed process's statement to its end and holds all its locks that long. Some systems
 * cannot watch a connection; there it stays slow.
 */
export async function endWhenClientIsGone(query: Query): Promise<void> {
  await query(`select set_config('client_connection_check_interval', '1000', false)`).catch(() => []);
}

type Limits = Pick<MigratorSettings, 'lockTimeoutMs' | 'statementLimitMs'>;

/** What becomes of a session by `set role` and `set session authorization`, which `reset all` leaves. */
export const AS_OURSELVES = 'reset session authorization; reset role';

/**
 * Everything that DISCARD ALL does except releasing advisory locks, because one of them is the migration lock. The settings with which
 * we connect come back by `reset all`; those that a run relies on are set once more, for a pooler may have dropped them on the way.
 */
export async function restoreSession(
  query: Query,
  { lockTimeoutMs, statementLimitMs }: Limits,
): Promise<void> {
  await query(
    `reset all; ${AS_OURSELVES}; close all; deallocate all; unlisten *; discard plans; discard sequences; discard temp;
     set lock_timeout = ${lockTimeoutMs}; set statement_timeout = ${statementLimitMs}`,
  );
  await endWhenClientIsGone(query);
}

/** Beside the migration lock, in the same class. */
const FENCE = `${MIGRATION_LOCK.classId}, 2`;
/** Polled, like the migration lock, so that no waiting statement makes a concurrent index fail. */
const FENCE_POLL_MS = 200;

/**
 * Keeps apart two things that must not overlap: a contract that looks which copies of the server live and then removes what old ones
 * use, and an old copy that begins to serve in between. Shuts copies out that want to begin serving, until the session that asks gives its locks back; waits for those
 * just beginning.
 */
export async function closeFence(query: Query, signal?: AbortSignal): Promise<void> {
  for (;;) {
    const [row] = await query<{ is_closed: boolean }>(`select pg_try_advisory_lock(${FENCE}) as is_closed`);
    if (row?.is_closed === true) return;
    await pause(FENCE_POLL_MS, signal);
  }
}

/** Whether no contract runs; until the end of the transaction that asks, none begins. */
export async function passFence(query: Query): Promise<boolean> {
  const [row] = await query<{ is_open: boolean }>(
    `select pg_try_advisory_xact_lock_shared(${FENCE}) as is_open`,
  );
  return row?.is_open === true;
}
