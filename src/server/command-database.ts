/** The database of a command: the one it is given, that of the server that runs here, or the server's own, started for a while. */

import {
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../persistence/embedded-postgres/embedded-postgres.ts';
import { backupPolicy, migratorPolicy, project } from './schema.ts';
import { quietLog } from '../commands/quiet-log.ts';
import { migrationAddress, prepareSchema, waitForDatabase } from '../migrator/index.ts';
import type { Config } from './config.ts';
import type { SchemaSettings } from '../migrator/index.ts';

/** A command is run by somebody who waits: a database that is not there is told soon. */
const PATIENCE_MS = 10_000;

/** An open database, migrated to this version. */
export interface CommandDatabase {
  readonly url: string;
  close(): Promise<void>;
}

/** Finds or starts the database and brings it to this version's schema. */
export async function openCommandDatabase(config: Config): Promise<CommandDatabase> {
  const given = config.DATABASE_URL ?? (await runningEmbeddedPostgres(config.DATA_DIRECTORY));
  const own =
    given === undefined
      ? await startEmbeddedPostgres({ dataDirectory: config.DATA_DIRECTORY, log: quietLog })
      : undefined;
  const url = given ?? own?.url ?? '';
  const close = async (): Promise<void> => own?.stop();
  try {
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
