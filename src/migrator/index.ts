/** The public API of the migrator. What only commands need is loaded when one is run. */

import type { DatabaseCommandContext } from './commands/database-command.ts';
import type { NamedFinding } from './inspect/doctor/examine.ts';
import type { DatabaseStatus } from './inspect/doctor/status.ts';
import type { OpenSettings } from './run/open-migrator.ts';
import type { Project } from './run/project.ts';

export { FAILURE_EXIT_CODES, MigratorFailure } from './failure.ts';
export type { FailureType } from './failure.ts';

// The application.
export type { Project } from './run/project.ts';
export type { MigratorSettings } from './run/migrator-settings.ts';
export type { BackupSettings } from './upkeep/backup/backup-gate.ts';

// A start.
export { migrationAddress } from './run/connect/migration-address.ts';
export { migrateDatabase } from './run/migrate-database.ts';
export { areOldCopiesGone, confirmSchema, prepareSchema, schemaFault } from './run/prepare-schema.ts';
export type { SchemaSettings } from './run/prepare-schema.ts';
export { readManifest } from './run/state/manifest.ts';
export { newestBackup } from './upkeep/backup/backup-record.ts';

// While the application runs.
export { makeBackup } from './upkeep/backup/make-backup.ts';
export { removeOldBackups } from './upkeep/backup/remove-old-backups.ts';
export { BackfillStore } from './upkeep/backfills/backfill-store.ts';
export { Backfills } from './upkeep/backfills/backfills.ts';
export { InstanceHeartbeat } from './upkeep/instances/instance-heartbeat.ts';
export { ServingLease, thisMoment } from './upkeep/instances/serving-lease.ts';
export type { Moment } from './upkeep/instances/serving-lease.ts';
export { InstanceStore } from './upkeep/instances/instance-store.ts';

// Connections to PostgreSQL, which an application may open in the same way.
export { connectionOptions } from './run/connect/connection-options.ts';
export { isDatabaseUnavailable } from './run/connect/database-failure.ts';
export { NO_DATABASE_URL } from './run/connect/no-database.ts';
export { openPlainConnection } from './run/connect/plain-connection.ts';
export type { PlainConnection } from './run/connect/plain-connection.ts';
export type { Database } from './run/connect/query.ts';
export { waitForDatabase } from './run/connect/wait-for-database.ts';

// Commands.
export type { DatabaseStatus } from './inspect/doctor/status.ts';
export type { DatabaseCommandContext } from './commands/database-command.ts';

/** Returns what `db status` shows: how every migration of the database and of this version stands. Reads only. */
export async function readDatabaseStatus(settings: OpenSettings): Promise<DatabaseStatus> {
  const { withReader } = await import('./inspect/doctor/reader.ts');
  const { readStatus } = await import('./inspect/doctor/status.ts');
  return withReader(settings, readStatus);
}

/** Returns what `db doctor` finds: one finding or more a check. One of the check `connection` is there when the database cannot be reached. */
export async function examineSchema(context: DatabaseCommandContext): Promise<readonly NamedFinding[]> {
  const { findingsOf } = await import('./commands/doctor.ts');
  return findingsOf(context);
}

/** Returns the options for MikroORM's own command line: its migrator and its generators with the guards of this one. */
export async function commandLineOptions(databaseUrl: string, project: Project) {
  const { migratorOptions } = await import('./run/migrator-options.ts');
  const { MigrationGenerator } = await import('./author/make/migration-generator.ts');
  const { stockCommandLineExtension } = await import('./commands/stock-command-line.ts');
  const options = migratorOptions(databaseUrl, project);
  const extensions = [stockCommandLineExtension(project.version)];
  return { ...options, extensions, migrations: { ...options.migrations, generator: MigrationGenerator } };
}
