/** The database of a command: the one it is given, that of the server that runs here, or the server's own, started for a while. */

import {
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../persistence/embedded-postgres/embedded-postgres.ts';
import { migrateDatabase } from '../persistence/migrator/migrate-database.ts';
import { waitForDatabase } from '../persistence/wait-for-database.ts';
import { quietLog } from './quiet-log.ts';
import type { Config } from '../config.ts';

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
    if (config.MIGRATIONS !== 'off')
      await migrateDatabase({ databaseUrl: config.MIGRATION_DATABASE_URL ?? url, log: quietLog });
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
