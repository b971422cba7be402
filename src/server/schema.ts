/** The migrator, set up for this server: its migrations, its entities, and what the settings decide about the schema. */

import { join } from 'node:path';
import { VERSION } from './version.ts';
import type { Config } from './config.ts';
import type { BackupSettings, MigratorSettings, Project } from '../migrator/index.ts';

/** What the migrator knows of this server. */
export const project: Project = {
  folder: join(import.meta.dirname, '../migrations'),
  version: VERSION,
  // Migrations are SQL: only commands that compare load the entities.
  entities: async () => (await import('../entities/index.ts')).entities,
  entityFolder: join(import.meta.dirname, '../entities'),
};

/** Returns how long a migrator waits for another and for a statement, and how strict it is. */
export function migratorPolicy(
  config: Config,
): Required<Pick<MigratorSettings, 'lockWaitMs' | 'statementLimitMs' | 'isProduction' | 'allowAhead'>> {
  return {
    lockWaitMs: config.MIGRATION_LOCK_WAIT_SECONDS * 1_000,
    statementLimitMs: config.MIGRATION_STATEMENT_LIMIT_MINUTES * 60_000,
    isProduction: config.NODE_ENV === 'production',
    allowAhead: config.MIGRATIONS_ALLOW_AHEAD,
  };
}

/** Returns which backup is required before a change, and where one may be made. */
export function backupPolicy(config: Config): BackupSettings {
  return {
    mode: config.BACKUP_BEFORE_MIGRATE,
    maxAgeMs: config.BACKUP_MAX_AGE_MINUTES * 60_000,
    directory: config.BACKUP_DIRECTORY,
  };
}
