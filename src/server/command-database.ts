/** The database of a command, brought to this version's schema. */

import { quietLog } from '../commands/quiet-log.ts';
import { databaseFinder, PATIENCE_MS } from './find-database.ts';
import { backupPolicy, migratorPolicy, project } from './schema.ts';
import { migrationAddress, prepareSchema, waitForDatabase } from '../migrator/index.ts';
import type { CommandDatabase } from '../commands/command.ts';
import type { Config } from './config.ts';
import type { SchemaSettings } from '../migrator/index.ts';

/** Finds or starts the database and brings it to this version's schema. */
export async function openCommandDatabase(config: Config): Promise<CommandDatabase> {
  const { find, close } = databaseFinder(config);
  try {
    const url = await find();
    await waitForDatabase({ databaseUrl: url, log: quietLog, budgetMs: PATIENCE_MS });
    if (config.MIGRATIONS !== 'off') await bringUpToDate(config, url, config.MIGRATIONS);
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** As a start of the server does it, with the same guards, except that contracts are left to a start or to a person. */
async function bringUpToDate(
  config: Config,
  databaseUrl: string,
  mode: SchemaSettings['mode'],
): Promise<void> {
  const migrationDatabaseUrl = config.MIGRATION_DATABASE_URL;
  const address = { databaseUrl, migrationDatabaseUrl, log: quietLog, budgetMs: PATIENCE_MS };
  await prepareSchema({
    ...project,
    databaseUrl: await migrationAddress(address),
    mode,
    log: quietLog,
    ...migratorPolicy(config),
    backup: backupPolicy(config),
  });
}
