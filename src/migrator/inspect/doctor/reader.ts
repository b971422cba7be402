/** A session that asks a database about its migrations and cannot change anything, whatever its role may do. */
import { MikroORM } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../../failure.ts';
import { readerOptions } from '../reader-options.ts';
import { pidAtConnect } from '../../run/connect/backend-pid.ts';
import { listMigrationFiles } from '../../run/state/load-migrations.ts';
import { manifestFaults, readManifest } from '../../run/state/manifest.ts';
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import { compareMigrations } from '../../run/state/migration-state.ts';
import { migratorOptions } from '../../run/migrator-options.ts';
import { TrackingTable } from '../../run/state/tracking-table.ts';
import { INSUFFICIENT_PRIVILEGE } from '../../run/connect/sql-states.ts';
import type { MigrationFile } from '../../run/state/load-migrations.ts';
import type { MigrationState } from '../../run/state/migration-state.ts';
import type { Project } from '../../run/project.ts';
import type { Query } from '../../run/connect/query.ts';

/** A question that takes longer than this waits for somebody; the answer would come too late to be of use. */
const STATEMENT_TIMEOUT_MS = 15_000;
const LOCK_TIMEOUT_MS = 2_000;

export interface ReaderSettings extends Project {
  readonly databaseUrl: string;
}

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
  compare(): Promise<Comparison>;
  close(): Promise<void>;
}

/** Opens it without connecting; the first question does. */
export function openReader({ databaseUrl, ...project }: ReaderSettings): Reader {
  const orm = new MikroORM({
    ...readerOptions(databaseUrl, { statement_timeout: STATEMENT_TIMEOUT_MS, lock_timeout: LOCK_TIMEOUT_MS }),
    entities: [],
    discovery: { warnWhenNoEntities: false },
  });
  const table = new TrackingTable(orm.driver, migratorOptions(databaseUrl, project).migrations);
  return {
    query: (sql) => orm.driver.execute(sql),
    pidAtConnect: () => pidAtConnect(orm.driver),
    compare: () => compare(project.folder, table),
    close: () => orm.close(true),
  };
}

async function compare(folder: string, table: TrackingTable): Promise<Comparison> {
  const manifest = await readManifest(folder);
  const files = await listMigrationFiles(folder);
  const tracked = await table.read().catch(refuseToBlind);
  return { ...compareMigrations(manifest, tracked), folder, files, faults: manifestFaults(manifest, files) };
}

/** Without this table nothing can be said; what other tables hide is left out instead. */
function refuseToBlind(error: unknown): never {
  if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
  throw new MigratorFailure(
    'database-refused',
    'This user may not read the table of migrations. Grant it: grant select on mikro_orm_migrations to the user; ' +
      'or name another user in DATABASE_URL.',
    {},
    { cause: error },
  );
}
