/** The address to migrate at, when that is another one than the server works with: it answers, and leads to the same database. */
import { MigratorFailure } from '../../failure.ts';
import { sqlStateOf } from '../execute/migration-failure.ts';
import { openPlainConnection } from './plain-connection.ts';
import { INSUFFICIENT_PRIVILEGE } from './sql-states.ts';
import { waitForDatabase } from './wait-for-database.ts';
import type { WaitSettings } from './wait-for-database.ts';

export interface MigrationAddress extends WaitSettings {
  /** Another address for migrations; undefined when it is the same. */
  readonly migrationDatabaseUrl: string | undefined;
}

/** Returns it. MigratorFailure `configuration-invalid` when it leads elsewhere: what is migrated would not be what is served. */
export async function migrationAddress(settings: MigrationAddress): Promise<string> {
  const { databaseUrl, migrationDatabaseUrl } = settings;
  if (migrationDatabaseUrl === undefined || migrationDatabaseUrl === databaseUrl) return databaseUrl;
  await waitForDatabase({
    ...settings,
    databaseUrl: migrationDatabaseUrl,
    variable: 'MIGRATION_DATABASE_URL',
  });
  const [served, migrated] = [await identityOf(databaseUrl), await identityOf(migrationDatabaseUrl)];
  if (served === undefined || migrated === undefined || served === migrated) return migrationDatabaseUrl;
  throw new MigratorFailure(
    'configuration-invalid',
    `MIGRATION_DATABASE_URL leads to database ${placeOf(migrationDatabaseUrl)}, and the server works with ${placeOf(databaseUrl)}. ` +
      'Nothing was done. Both must lead to the same database, by another user or past a pooler.',
  );
}

/** What no two databases share, whatever their addresses; undefined where this user may not ask. */
async function identityOf(databaseUrl: string): Promise<string | undefined> {
  const connection = openPlainConnection(databaseUrl);
  try {
    const [row] = await connection.query(
      `select system_identifier || '/' || (select oid from pg_database where datname = current_database()) as id
         from pg_control_system()`,
    );
    return String(row?.['id']);
  } catch (error) {
    if (sqlStateOf(error) === INSUFFICIENT_PRIVILEGE) return undefined;
    throw error;
  } finally {
    await connection.close();
  }
}

function placeOf(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `"${decodeURIComponent(pathname.slice(1))}" at ${host}`;
}
