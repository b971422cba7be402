/** What a run has while it holds the migration lock, and what it must release. */
import type { MigrationInfo } from '@mikro-orm/core';
import type { AbstractSqlDriver } from '@mikro-orm/postgresql';
import { pidAtConnect } from '../connect/backend-pid.ts';
import { delayBeforeRetry } from '../execute/lock-retry.ts';
import { messageOf } from '../execute/migration-failure.ts';
import { takeLock } from './migration-lock.ts';
import { pause } from '../connect/pause.ts';
import { preflight } from '../plan/preflight.ts';
import { openSideConnection } from './side-connection.ts';
import type { HeldLock } from './migration-lock.ts';
import type { MigratorSettings } from '../migrator-settings.ts';
import type { Query } from '../connect/query.ts';
import type { SignedMigration } from '../state/installation.ts';
import type { SideConnection } from './side-connection.ts';
import type { TrackingTable } from '../state/tracking-table.ts';

export interface Session {
  readonly lock: HeldLock;
  readonly side: SideConnection;
  /** What was carried out so far. */
  readonly done: MigrationInfo[];
  /** What is at hand, and which one of how many it is. */
  current: (SignedMigration & { readonly index: number; readonly total: number }) | undefined;
}

export interface SessionParts {
  readonly query: Query;
  readonly driver: AbstractSqlDriver;
  readonly table: TrackingTable;
  readonly databaseUrl: string;
  readonly settings: MigratorSettings;
}

/** Takes the lock, makes the tables that record runs, works, and releases everything in any case. */
export async function withSession<Result>(
  { query, driver, table, databaseUrl, settings }: SessionParts,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  await preflight({ query, pidAtConnect: () => pidAtConnect(driver) });
  const lock = await takeLock(query, {
    ...settings,
    onHeld: (blockedBy) => settings.onProgress({ phase: 'waiting for the migration lock', blockedBy }),
  });
  const side = openSideConnection(databaseUrl);
  try {
    await retryWhenBlocked(settings, () => table.create());
    return await work({ lock, side, done: [], current: undefined });
  } finally {
    await side.close();
    // A connection that is gone has released the lock already, and its own error is the one to report.
    await lock.release().catch(() => undefined);
  }
}

/** The table itself may be in use where it has to be changed: a backup reads it as long as it takes. */
async function retryWhenBlocked(
  { retry, signal, log }: MigratorSettings,
  work: () => Promise<void>,
): Promise<void> {
  const startedAt = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const delayMs = delayBeforeRetry(error, tries, performance.now() - startedAt, retry);
      if (delayMs === undefined) throw error;
      log.warn(
        { tries, delayMs, reason: messageOf(error) },
        'the table of migrations is in use; it is tried again',
      );
      await pause(delayMs, signal);
    }
  }
}
