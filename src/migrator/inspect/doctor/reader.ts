/** A read-only session on a database's migrations, whatever its role may do. */
import { MigratorFailure } from '../../failure.ts';
import { pidAtConnect } from '../../run/connect/backend-pid.ts';
import { openBareOrm } from '../../run/connect/plain-connection.ts';
import { listMigrationFiles } from '../../run/state/load-migrations.ts';
import { manifestFaults, readManifest } from '../../run/state/manifest.ts';
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import { compareMigrations } from '../../run/state/migration-state.ts';
import { migratorOptions } from '../../run/migrator-options.ts';
import { TrackingTable } from '../../run/state/tracking-table.ts';
import { INSUFFICIENT_PRIVILEGE } from '../../run/connect/sql-states.ts';
import type { MigrationFile } from '../../run/state/load-migrations.ts';
import type { MigrationState } from '../../run/state/migration-state.ts';
import type { OpenSettings } from '../../run/open-migrator.ts';
import type { Query } from '../../run/connect/query.ts';

/** A query that takes longer than this waits for a lock; its answer would come too late to be useful. */
const LIMITS = { statement_timeout: 15_000, lock_timeout: 2_000 };

/** What a database and this version know of each other, with what is wrong between the files and the manifest. */
export interface Comparison extends MigrationState {
  readonly folder: string;
  readonly files: readonly MigrationFile[];
  readonly faults: readonly string[];
}

export interface Reader {
  readonly query: Query;
  /** The process that the server named when the connection was opened. */
  readonly pidAtConnect: () => Promise<number>;
  readonly compare: () => Promise<Comparison>;
}

/** Returns what a session that only reads is opened with. Not "migrator": that name is searched for sessions that wait to migrate. */
export function readOnly(databaseUrl: string, limits: Readonly<Record<string, number>>) {
  return { databaseUrl, purpose: 'reader', settings: { default_transaction_read_only: 'on', ...limits } };
}

/** Does work with such a session. */
export async function withReader<Result>(
  { databaseUrl, ...project }: OpenSettings,
  work: (reader: Reader) => Promise<Result>,
): Promise<Result> {
  const orm = openBareOrm(readOnly(databaseUrl, LIMITS));
  const table = new TrackingTable(orm.driver, migratorOptions(databaseUrl, project).migrations);
  try {
    return await work({
      query: (sql) => orm.driver.execute(sql),
      pidAtConnect: () => pidAtConnect(orm.driver),
      compare: () => compare(project.folder, table),
    });
  } finally {
    await orm.close(true);
  }
}

async function compare(folder: string, table: TrackingTable): Promise<Comparison> {
  const manifest = await readManifest(folder);
  const files = await listMigrationFiles(folder);
  const tracked = await table.read().catch(refuseToBlind);
  return { ...compareMigrations(manifest, tracked), folder, files, faults: manifestFaults(manifest, files) };
}

/** Without this table nothing can be said; what other tables hide is left out instead. */
function refuseToBlind(cause: unknown): never {
  if (sqlStateOf(cause) !== INSUFFICIENT_PRIVILEGE) throw cause;
  throw new MigratorFailure(
    'database-refused',
    'This user may not read the table of migrations. Grant it: grant select on mikro_orm_migrations to the user; ' +
      'or name another user in DATABASE_URL.',
    {},
    { cause },
  );
}
