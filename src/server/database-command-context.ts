/** What commands about the schema work with: unlike the other commands they do not migrate before they work. */

import { quietLog } from '../commands/quiet-log.ts';
import { databaseFinder, PATIENCE_MS } from './find-database.ts';
import { backupPolicy, migratorPolicy, project } from './schema.ts';
import { migrationAddress, waitForDatabase } from '../migrator/index.ts';
import type { Config } from './config.ts';
import type { DatabaseCommandContext } from '../migrator/index.ts';

/** The context of one command; closing it stops a database that was started for it. */
export function openDatabaseCommandContext(
  config: Config,
): DatabaseCommandContext & { close(): Promise<void> } {
  const { DATABASE_URL, MIGRATION_DATABASE_URL: migrationDatabaseUrl } = config;
  const finder = databaseFinder(config);
  const isOnlyMigrations = DATABASE_URL === undefined && migrationDatabaseUrl !== undefined;
  return {
    project,
    policy: migratorPolicy(config),
    backup: backupPolicy(config),
    // Every CI that is in use sets it; what is written there is not committed by a person. Nor in production.
    isUnattended: process.env['CI'] !== undefined || config.NODE_ENV === 'production',
    knownDatabaseUrl: async () => migrationDatabaseUrl ?? finder.known(),
    databaseUrl: async () => {
      const databaseUrl = isOnlyMigrations ? migrationDatabaseUrl : await finder.find();
      const variable = isOnlyMigrations ? 'MIGRATION_DATABASE_URL' : 'DATABASE_URL';
      const wait = { databaseUrl, log: quietLog, budgetMs: PATIENCE_MS };
      await waitForDatabase({ ...wait, variable });
      return migrationAddress({ ...wait, migrationDatabaseUrl });
    },
    close: finder.close,
  };
}
