/** What PostgreSQL says around the migrations, of rights that are missing and connections that are lost, in words. */
import { MigratorFailure } from '../../failure.ts';
import { isDatabaseUnavailable } from './database-failure.ts';
import { INSUFFICIENT_PRIVILEGE } from './sql-states.ts';
import { sqlStateOf } from '../execute/migration-failure.ts';

/** Returns an MigratorFailure for these two, and any other error as it is: nobody has put it into words yet. */
export function inWords(error: unknown, databaseUrl: string): unknown {
  if (!(error instanceof Error) || error instanceof MigratorFailure) return error;
  const cause = { cause: error };
  if (sqlStateOf(error) === INSUFFICIENT_PRIVILEGE)
    return new MigratorFailure(
      'database-refused',
      `User "${new URL(databaseUrl).username}" lacks a right: ${error.message}. Use the owner of the tables, in MIGRATION_DATABASE_URL.`,
      {},
      cause,
    );
  if (isDatabaseUnavailable(error))
    return new MigratorFailure(
      'database-unavailable',
      `The database went away: ${error.message}.`,
      {},
      cause,
    );
  return error;
}
