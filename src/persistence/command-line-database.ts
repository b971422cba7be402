/** Which database the MikroORM command line works on. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runningEmbeddedPostgres } from './embedded-postgres/embedded-postgres.ts';

/** Where the server keeps its own database unless it is told otherwise. */
const DATA_DIRECTORY = join(import.meta.dirname, '../../.data');

/** Migrations may need another user, or an address that does not lead through a connection pooler. */
const VARIABLES = ['MIGRATION_DATABASE_URL', 'DATABASE_URL'];

/** Returns the address from the environment, else that of the development database that runs, else undefined. */
export async function commandLineDatabaseUrl(): Promise<string | undefined> {
  for (const variable of VARIABLES) {
    const value = process.env[variable];
    if (value !== undefined && value !== '') return value;
    const file = process.env[`${variable}_FILE`];
    if (file !== undefined && file !== '') return (await readFile(file, 'utf8')).trim();
  }
  return runningEmbeddedPostgres(process.env['DATA_DIRECTORY'] ?? DATA_DIRECTORY);
}

/**
 * Stands where the connection's socket would be made. It ends the command itself: the command line would bury the one line
 * that helps between its usage and a stack.
 */
export function refuse(): never {
  process.stderr.write(
    'This command needs a database: set DATABASE_URL, or start the server (npm start), whose own database is then used.\n',
  );
  process.exit(1);
}
