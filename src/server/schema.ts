/** The migrator, set up for this server: its migrations, its entities, and what the settings decide about the schema. */

import { mkdtemp, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VERSION } from './version.ts';
import type { Config } from './config.ts';
import type { BackupSettings, MigratorSettings, Project, ScratchServer } from '../migrator/index.ts';

/** What the migrator knows of this server. */
export const project: Project = {
  folder: join(import.meta.dirname, '../migrations'),
  version: VERSION,
  // Migrations are SQL: only commands that compare load the entities.
  entities: async () => (await import('../entities/index.ts')).entities,
  entityFolder: join(import.meta.dirname, '../entities'),
  startScratchServer,
};

/** Returns how long a migrator waits for another and for a statement, and how strict it is. */
export function migratorPolicy(
  config: Config,
): Pick<MigratorSettings, 'lockWaitMs' | 'statementLimitMs' | 'isProduction' | 'allowAhead'> {
  return {
    lockWaitMs: config.MIGRATION_LOCK_WAIT_SECONDS * 1_000,
    statementLimitMs: config.MIGRATION_STATEMENT_LIMIT_MINUTES * 60_000,
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

/** An embedded PostgreSQL in a folder of its own, which goes with it. */
async function startScratchServer(): Promise<ScratchServer> {
  const { startEmbeddedPostgres } = await import('../persistence/embedded-postgres/embedded-postgres.ts');
  const { removeEmbeddedPostgres } = await import('../persistence/embedded-postgres/remove.ts');
  const dataDirectory = await mkdtemp(join(tmpdir(), 'auto-forex-scratch-'));
  // Run by root, PostgreSQL is another user and must get in.
  await chmod(dataDirectory, 0o711);
  try {
    const log = { info: () => undefined };
    const server = await startEmbeddedPostgres({ dataDirectory, isDurable: false, log });
    const stop = () => server.stop().then(() => removeEmbeddedPostgres(dataDirectory));
    return { url: server.url, stop };
  } catch (error) {
    await removeEmbeddedPostgres(dataDirectory);
    throw error;
  }
}
