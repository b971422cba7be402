/** The address to migrate at, when that is another one than the server works with: it answers, and leads to the same schema. */
import { MigratorFailure } from '../../failure.ts';
import { sqlStateOf } from '../execute/migration-failure.ts';
import { onPlainConnection } from './plain-connection.ts';
import { withSearchPath } from './session-options.ts';
import { INSUFFICIENT_PRIVILEGE } from './sql-states.ts';
import { waitForDatabase } from './wait-for-database.ts';
import type { WaitSettings } from './wait-for-database.ts';

export interface MigrationAddress extends WaitSettings {
  /** Another address for migrations; undefined when it is the same. */
  readonly migrationDatabaseUrl: string | undefined;
}

/**
 * Returns it, with the schemas in which the server works: the role that migrates may have others. MigratorFailure `configuration-invalid`
 * when it leads to another database: what is migrated would not be what is served.
 */
export async function migrationAddress(settings: MigrationAddress): Promise<string> {
  const { databaseUrl, migrationDatabaseUrl } = settings;
  if (migrationDatabaseUrl === undefined || migrationDatabaseUrl === databaseUrl) return databaseUrl;
  await waitForDatabase({
    ...settings,
    databaseUrl: migrationDatabaseUrl,
    variable: 'MIGRATION_DATABASE_URL',
  });
  const [served, migrated] = [await lookAt(databaseUrl), await lookAt(migrationDatabaseUrl)];
  const isSame = served.id === undefined || migrated.id === undefined || served.id === migrated.id;
  if (isSame && served.schemas.length > 0) return withSearchPath(migrationDatabaseUrl, served.schemas);
  if (isSame) {
    throw new MigratorFailure(
      'configuration-invalid',
      `No schema of the search_path of DATABASE_URL exists that its user "${new URL(databaseUrl).username}" may use, so it is unknown ` +
        'where to migrate. Nothing was done. Create the schema, grant usage on it, or correct search_path.',
    );
  }
  throw new MigratorFailure(
    'configuration-invalid',
    `MIGRATION_DATABASE_URL leads to database ${placeOf(migrationDatabaseUrl)}, and the server works with ${placeOf(databaseUrl)}. ` +
      'Nothing was done. Both must lead to the same database, by another user or past a pooler.',
  );
}

interface Destination {
  /** What no two databases share, whatever their addresses; undefined where this user may not ask. */
  readonly id: string | undefined;
  /** Where names are looked up, in this order. */
  readonly schemas: readonly string[];
}

function lookAt(databaseUrl: string): Promise<Destination> {
  return onPlainConnection(databaseUrl, 'check', async (query) => {
    const [path] = await query<Pick<Destination, 'schemas'>>(
      'select array_to_json(current_schemas(false)) as schemas',
    );
    const identity = query(
      `select system_identifier || '/' || (select oid from pg_database where datname = current_database()) as id
         from pg_control_system()`,
    );
    const [row] = await identity.catch((error: unknown) => {
      if (sqlStateOf(error) === INSUFFICIENT_PRIVILEGE) return [];
      throw error;
    });
    return { id: row && String(row['id']), schemas: path?.schemas ?? [] };
  });
}

function placeOf(databaseUrl: string): string {
  const { host, pathname } = new URL(databaseUrl);
  return `"${decodeURIComponent(pathname.slice(1))}" at ${host}`;
}
