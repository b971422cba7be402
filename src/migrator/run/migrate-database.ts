/** Brings the database to the schema of this version, at the server's start. */
import { MigratorFailure } from '../failure.ts';
import { onMigrator } from './open-migrator.ts';
import { logWaiting } from './state/skew.ts';
import type { BackupSettings } from '../upkeep/backup/backup-gate.ts';
import type { Migrator } from './migrator.ts';
import type { Project } from './project.ts';
import type { MigratorLog, MigratorProgress, MigratorSettings } from './migrator-settings.ts';
import type { OpenedMigrator } from './open-migrator.ts';
import type { Query } from './connect/query.ts';
import type { MigrationState } from './state/migration-state.ts';

/** How far a start is with its schema. */
export type SchemaProgress =
  | MigratorProgress
  | { readonly phase: 'backing up' }
  | { readonly phase: 'waiting for migrations'; readonly total: number };

export interface MigrateSettings
  extends
    Partial<
      Pick<
        MigratorSettings,
        'signal' | 'lockWaitMs' | 'statementLimitMs' | 'isProduction' | 'allowAhead' | 'runsContracts'
      >
    >,
    Project {
  readonly databaseUrl: string;
  readonly log: MigratorLog;
  readonly onProgress?: (progress: SchemaProgress) => void;
  /** Without it no backup is required. */
  readonly backup?: BackupSettings;
}

export interface MigrationOutcome {
  readonly applied: readonly string[];
  readonly alreadyApplied: number;
}

/**
 * Applies what is due and returns it. Any number of processes may do so at once: one applies, the others wait. MigratorFailure
 * `migration-interrupted` when a migration had to be cut off because the signal was aborted; it was rolled back.
 */
export function migrateDatabase(settings: MigrateSettings): Promise<MigrationOutcome> {
  return onMigrator(settings, (opened) => migrate(opened, settings));
}

async function migrate(
  { migrator, orm }: OpenedMigrator,
  settings: MigrateSettings,
): Promise<MigrationOutcome> {
  const { log, onProgress, signal, runsContracts = false } = settings;
  const { lockWaitMs, statementLimitMs, isProduction, allowAhead } = settings;
  let running: string | undefined;
  migrator.configure({
    lockWaitMs,
    statementLimitMs,
    isProduction,
    allowAhead,
    log,
    signal,
    runsContracts,
    beforeChanges: (state) => backUp(settings, state, (sql) => orm.driver.execute(sql)),
    onProgress: (progress) => {
      running = progress.migration;
      onProgress?.(progress);
    },
  });
  logApplied(migrator, log);
  migrator.on('migrated', () => void (running = undefined));
  const state = await migrator.state();
  if (!runsContracts) logWaiting(state, log);
  try {
    const applied = await migrator.up();
    return { applied: applied.map(({ name }) => name), alreadyApplied: state.tracked.length };
  } catch (error) {
    if (signal?.aborted !== true || running === undefined) throw error;
    throw new MigratorFailure(
      'migration-interrupted',
      `Stopped while ${running} ran: it was rolled back, and what came before it stays. Start again to continue.`,
      { migration: running },
      { cause: error },
    );
  }
}

async function backUp(
  { databaseUrl, backup, log, signal, onProgress }: MigrateSettings,
  state: MigrationState,
  query: Query,
): Promise<void> {
  if (backup === undefined) return;
  const { ensureBackup, hasContent } = await import('../upkeep/backup/backup-gate.ts');
  if (!(await hasContent(state, query))) return;
  onProgress?.({ phase: 'backing up' });
  await ensureBackup({ ...backup, databaseUrl, log, signal });
}

function logApplied(migrator: Migrator, log: MigratorLog): void {
  let startedAt = 0;
  migrator.on('migrating', () => void (startedAt = performance.now()));
  // Said after the commit, because each migration is a transaction of its own.
  migrator.on('migrated', ({ name }) => {
    log.info({ migration: name, durationMs: Math.round(performance.now() - startedAt) }, 'migration applied');
  });
}
