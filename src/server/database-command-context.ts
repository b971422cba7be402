/** What commands about the schema work with: unlike the other commands they do not migrate before they work. */

import {
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../persistence/embedded-postgres/embedded-postgres.ts';
import { backupPolicy, migratorPolicy, project } from './schema.ts';
import { quietLog } from '../commands/quiet-log.ts';
import { migrationAddress, waitForDatabase } from '../migrator/index.ts';
import type { Config } from './config.ts';
import type { DatabaseCommandContext } from '../migrator/index.ts';

/** A command is run by somebody who waits: a database that is not there is told soon. */
const PATIENCE_MS = 10_000;

/** The context of one command; closing it stops a database that was started for it. */
export function openDatabaseCommandContext(
  config: Config,
): DatabaseCommandContext & { close(): Promise<void> } {
  let own: { readonly url: string; stop(): Promise<void> } | undefined;
  const known = async (): Promise<string | undefined> =>
    config.MIGRATION_DATABASE_URL ??
    config.DATABASE_URL ??
    (await runningEmbeddedPostgres(config.DATA_DIRECTORY));
  const find = async (): Promise<string> => {
    const given = await known();
    if (given !== undefined) return given;
    own ??= await startEmbeddedPostgres({ dataDirectory: config.DATA_DIRECTORY, log: quietLog });
    return own.url;
  };
  return {
    project,
    policy: migratorPolicy(config),
    backup: backupPolicy(config),
    // Every CI that is in use sets it; what is written there nobody commits. Nor in production.
    isUnattended: process.env['CI'] !== undefined || config.NODE_ENV === 'production',
    knownDatabaseUrl: known,
    databaseUrl: async () => {
      const { MIGRATION_DATABASE_URL: migrationDatabaseUrl } = config;
      const databaseUrl = config.DATABASE_URL ?? (await find());
      const variable = config.DATABASE_URL === undefined && migrationDatabaseUrl !== undefined;
      const wait = { databaseUrl, log: quietLog, budgetMs: PATIENCE_MS };
      await waitForDatabase({ ...wait, variable: variable ? 'MIGRATION_DATABASE_URL' : 'DATABASE_URL' });
      return migrationAddress({ ...wait, migrationDatabaseUrl });
    },
    close: async () => own?.stop(),
  };
}
