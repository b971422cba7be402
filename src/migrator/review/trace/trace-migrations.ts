/** Runs migrations on a scratch database with rows, and tells what each statement locked and rewrote. */
import { MigratorFailure } from '../../failure.ts';
import { renderSql } from '../../run/execute/render-sql.ts';
import { readStatements } from '../sql/read-statements.ts';
import { loadMigrations } from '../../run/state/load-migrations.ts';
import { openMigrator } from '../../run/open-migrator.ts';
import { resolveNames } from '../../run/state/selection.ts';
import { queryIn, runMigration } from './run-traced.ts';
import { seedRows } from './seed-rows.ts';
import { TableWatch } from './table-watch.ts';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { LoadedMigration } from '../../run/state/load-migrations.ts';
import type { MigrationTrace, TraceReport } from './migration-trace.ts';

export interface TraceRequest {
  /** An empty database that may be changed, and is no use afterwards. */
  readonly databaseUrl: string;
  readonly folder: string;
  /** The migrations to look at; all when left out. Those before them are run first, and the tables filled. */
  readonly names?: readonly string[] | undefined;
  /** How many rows to put into each table. */
  readonly rowsPerTable?: number;
}

/** Enough for a statement that reads or writes all rows to show, and quickly made. */
const ROWS_PER_TABLE = 500;

/** Stops at the first of them that fails. MigratorFailure `migration-failed` when one before them does. */
export async function traceMigrations(request: TraceRequest): Promise<TraceReport> {
  const { databaseUrl, folder, rowsPerTable = ROWS_PER_TABLE } = request;
  const loaded = await loadMigrations(folder);
  const names = loaded.map(({ name }) => name);
  const traced = new Set(request.names?.flatMap((name) => resolveNames(names, name)) ?? names);
  const opened = openMigrator({ databaseUrl, folder });
  const { orm } = opened;
  try {
    const migrations = runnable(loaded, traced);
    const first = migrations.findIndex(({ name }) => traced.has(name));
    const before = first < 0 ? migrations : migrations.slice(0, first);
    for (const migration of before) await runUntraced(orm, migration);
    const rest = migrations.slice(
      before.length,
      migrations.findLastIndex(({ name }) => traced.has(name)) + 1,
    );
    const required = await requiredColumns(orm, rest);
    const rowCounts = await seedRows(queryIn(orm, undefined), rowsPerTable, required);
    return { migrations: await traceAll(orm, rest, traced), rowCounts };
  } finally {
    await opened.close();
  }
}

/** Who requires a column has seen to its values first; made-up rows have them, too. */
async function requiredColumns(
  orm: MikroORM,
  migrations: readonly LoadedMigration[],
): Promise<ReadonlySet<string>> {
  const sql = await Promise.all(migrations.map((migration) => renderSql(migration, 'up', orm)));
  const statements = await readStatements(sql.flatMap((queries) => queries ?? []));
  return new Set(
    statements.flatMap(({ actions }) =>
      actions.flatMap((action) => {
        if (action.does === 'set-not-null') return [`${action.table}.${action.column}`];
        if (action.does !== 'add-constraint') return [];
        const { kind, columns, provesNotNull = kind === 'not-null' ? columns : [] } = action.constraint;
        return provesNotNull.map((column) => `${action.table}.${column}`);
      }),
    ),
  );
}

/** On an empty database a squash runs in place of its originals; one that is looked at meets them applied and runs nowhere. */
function runnable(loaded: readonly LoadedMigration[], traced: ReadonlySet<string>): LoadedMigration[] {
  const lookedAt = loaded.filter(({ name, replaces }) => traced.has(name) && replaces.length > 0);
  const isNew = (name: string): boolean => lookedAt.some((squash) => squash.name === name);
  const replaced = new Set(loaded.filter(({ name }) => !isNew(name)).flatMap(({ replaces }) => replaces));
  return loaded.filter(({ name }) => !isNew(name) && !replaced.has(name));
}

async function traceAll(
  orm: MikroORM,
  migrations: readonly LoadedMigration[],
  traced: ReadonlySet<string>,
): Promise<MigrationTrace[]> {
  const known = await TableWatch.begin(queryIn(orm, undefined));
  const traces: MigrationTrace[] = [];
  for (const migration of migrations) {
    if (!traced.has(migration.name)) {
      await runUntraced(orm, migration);
      continue;
    }
    const trace = await runMigration({ orm, migration, direction: 'up', watch: known });
    traces.push(trace);
    if (trace.failure !== undefined) break;
  }
  return traces;
}

async function runUntraced(orm: MikroORM, migration: LoadedMigration): Promise<void> {
  const watch = await TableWatch.begin(queryIn(orm, undefined));
  const { failure } = await runMigration({ orm, migration, direction: 'up', watch });
  if (failure === undefined) return;
  throw new MigratorFailure(
    'migration-failed',
    `${migration.name}.ts, which comes before those to be traced, failed on the scratch database: ${failure.message}`,
    { migration: migration.name },
  );
}
