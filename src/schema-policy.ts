/** What the settings decide about the schema, in the words of what acts on it: a start, and every command. */

import type { Config } from './config.ts';
import type { BackupSettings } from './migrator/upkeep/backup/backup-gate.ts';
import type { MigratorSettings } from './migrator/run/migrator-settings.ts';

/** Returns how long a migrator waits for another, and how strict it is. */
export function migratorPolicy(
  config: Config,
): Pick<MigratorSettings, 'lockWaitMs' | 'isProduction' | 'allowAhead'> {
  return {
    lockWaitMs: config.MIGRATION_LOCK_WAIT_SECONDS * 1_000,
    isProduction: config.NODE_ENV === 'production',
    allowAhead: config.MIGRATIONS_ALLOW_AHEAD,
  };
}

/** Returns which backup is wanted before a change, and where one may be made. */
export function backupPolicy(config: Config): BackupSettings {
  return {
    mode: config.BACKUP_BEFORE_MIGRATE,
    maxAgeMs: config.BACKUP_MAX_AGE_MINUTES * 60_000,
    directory: config.BACKUP_DIRECTORY,
  };
}
