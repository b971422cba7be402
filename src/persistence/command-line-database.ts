/** Which database the MikroORM command line works on. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDatabaseUnavailable, migrationAddress } from '../migrator/index.ts';
import { runningEmbeddedPostgres } from './embedded-postgres/embedded-postgres.ts';

/** Where the server keeps its own database by default. */
const DATA_DIRECTORY = join(import.meta.dirname, '../../.data');

/** Returns the address from the environment, else that of the development database that runs, else undefined. */
export async function commandLineDatabaseUrl(): Promise<string | undefined> {
  // Migrations may need another user, or an address that does not lead through a connection pooler.
  const migrationDatabaseUrl = await addressIn('MIGRATION_DATABASE_URL');
  const databaseUrl = await addressIn('DATABASE_URL');
  if (databaseUrl !== undefined && migrationDatabaseUrl !== undefined)
    return addressOfSchema(databaseUrl, migrationDatabaseUrl);
  return (
    migrationDatabaseUrl ??
    databaseUrl ??
    runningEmbeddedPostgres(process.env['DATA_DIRECTORY'] ?? DATA_DIRECTORY)
  );
}

async function addressIn(variable: string): Promise<string | undefined> {
  const value = process.env[variable];
  if (value !== undefined && value !== '') return value;
  const file = process.env[`${variable}_FILE`];
  return file === undefined || file === '' ? undefined : (await readFile(file, 'utf8')).trim();
}

/** In the schema of the server. Some commands need no database, so one that does not answer is left to those that do. */
async function addressOfSchema(databaseUrl: string, migrationDatabaseUrl: string): Promise<string> {
  const log = { info: () => undefined, warn: () => undefined };
  try {
    return await migrationAddress({ databaseUrl, migrationDatabaseUrl, log, budgetMs: 0 });
  } catch (error) {
    if (isDatabaseUnavailable(error)) return migrationDatabaseUrl;
    throw error;
  }
}

/**
 * Called in place of making the connection's socket. It ends the command itself: the command line would hide the one line
 * that helps between its usage and a stack.
 */
export function refuse(): never {
  process.stderr.write(
    'This command needs a database: set DATABASE_URL, or start the server (npm start), whose own database is then used.\n',
  );
  process.exit(1);
}
