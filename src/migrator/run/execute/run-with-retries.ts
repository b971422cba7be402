/** Runs one migration until it succeeds, has been retried too often, or fails. */
import { watchBlockers } from './blockers.ts';
import { cancelOnAbort } from './cancel-on-abort.ts';
import { reportWarnings } from './report-warnings.ts';
import { delayBeforeRetry, isPassing } from './lock-retry.ts';
import { messageOf, migrationFailure, sqlStateOf } from './migration-failure.ts';
import { pause } from '../connect/pause.ts';
import { runMigration } from './run-migration.ts';
import { QUERY_CANCELED } from '../connect/sql-states.ts';
import { MigratorFailure } from '../../failure.ts';
import type { MigratorSettings } from '../migrator-settings.ts';
import type { Run } from './run-migration.ts';
import type { SideConnection } from '../session/side-connection.ts';

export interface RunParts extends Pick<Run, 'migration' | 'method' | 'driver' | 'config' | 'record'> {
  readonly settings: MigratorSettings;
  readonly side: SideConnection;
  /** The backend that migrates. */
  readonly pid: number;
  /** What succeeded before, in this run. */
  readonly done: readonly string[];
  readonly onBlocked: (blockedBy: string | undefined) => void;
}

/** How an attempt failed. */
interface Failed {
  readonly error: unknown;
  readonly statement: string | undefined;
  readonly blockedBy: string | undefined;
  /** The limit that the statement was cut off at, if it was. */
  readonly overLimitMs: number | undefined;
}

/** Rejects with the signal's reason when it was stopped, else with a MigratorFailure that names what failed. */
export async function runWithRetries(parts: RunParts): Promise<void> {
  const { name } = parts.migration;
  const { signal, retry, log } = parts.settings;
  const startedAt = performance.now();
  for (let tries = 1; ; tries += 1) {
    const failed = await tryOnce(parts);
    if (failed === undefined) return;
    const delayMs = delayBeforeRetry(failed.error, tries, performance.now() - startedAt, retry);
    signal?.throwIfAborted();
    if (delayMs === undefined) throw failureOf(parts, failed, tries);
    log.warn(
      { migration: name, tries, delayMs, reason: messageOf(failed.error), blockedBy: failed.blockedBy },
      'the migration was rolled back because others use what it needs; it is tried again',
    );
    await pause(delayMs, signal);
  }
}

async function tryOnce(parts: RunParts): Promise<Failed | undefined> {
  const { migration, settings, side, pid, onBlocked } = parts;
  const { log, lockTimeoutMs, statementLimitMs, signal } = settings;
  let statement: string | undefined;
  let startedAt = 0;
  const watch = watchBlockers({ side, pid, migration: migration.name, log, onChange: onBlocked });
  const run: Run = {
    ...parts,
    log,
    lockTimeoutMs,
    statementLimitMs,
    signal,
    onStatement: (next) => {
      statement = next;
      startedAt = performance.now();
    },
  };
  try {
    const warn = (message: string, hint: string | undefined): void =>
      log.warn({ migration: migration.name, hint }, message);
    await reportWarnings(parts.driver, warn, () =>
      cancelOnAbort({ side, pid, signal }, () => runMigration(run)),
    );
    await watch.stop();
    return undefined;
  } catch (error) {
    const isOver = sqlStateOf(error) === QUERY_CANCELED && performance.now() - startedAt >= statementLimitMs;
    const overLimitMs = isOver ? statementLimitMs : undefined;
    return { error, statement, overLimitMs, blockedBy: await watch.stop() };
  }
}

function failureOf({ migration, method, done }: RunParts, failed: Failed, tries: number): MigratorFailure {
  const { name, phase, transactional } = migration;
  const { error: cause, statement, overLimitMs, blockedBy } = failed;
  // A statement that blocks no one waits for others until its limit.
  const isWaiting = isPassing(cause) || (overLimitMs !== undefined && !transactional);
  // The error of the lost lock says everything.
  if (cause instanceof MigratorFailure && statement === undefined) return cause;
  return migrationFailure({
    name,
    method,
    phase,
    transactional,
    statement,
    done,
    tries,
    overLimitMs,
    blockedBy: isWaiting ? blockedBy : undefined,
    cause,
  });
}
