/** What migrations would do to a database: what they would block, rewrite or read whole. Nothing is run. */
import { renderSql } from '../run/execute/render-sql.ts';
import { effectsOf } from './statement-effects.ts';
import { KnownSchema } from './sql/known-schema.ts';
import { readStatements } from './sql/read-statements.ts';
import { isStronger, WEAKEST_TOLD } from './trace/lock-modes.ts';
import type { LoadedMigration } from '../run/state/load-migrations.ts';
import type { Query } from '../run/connect/query.ts';
import type { Effect } from './statement-effects.ts';
import type { Statement } from './sql/action.ts';
import type { LockMode } from './trace/lock-modes.ts';
import type { MigrationReport, StatementReport, TableLock } from './migration-report.ts';

export interface StaticPlanRequest {
  /** What is applied, in that order: its SQL shows which tables there are. */
  readonly applied: readonly LoadedMigration[];
  /** In the order in which they run. */
  readonly migrations: readonly LoadedMigration[];
  readonly direction: 'up' | 'down';
  /** Asks the database how large its tables are, and which functions PostgreSQL has. */
  readonly query: Query;
}

/** Returns what each statement would do, by the SQL of what is applied. Of the database no table is touched, only catalogues are read. */
export async function planStatically(request: StaticPlanRequest): Promise<MigrationReport[]> {
  const { applied, migrations, direction, query } = request;
  const facts = await readFacts(query);
  for (const migration of applied)
    for (const statement of await readStatements((await renderSql(migration, 'up')) ?? []))
      facts.schema.apply(statement);
  // Made by the plan itself: no one else uses them.
  const made = new Set<string>();
  const planned: MigrationReport[] = [];
  for (const migration of migrations) {
    const { name, phase, transactional } = migration;
    const sql = await renderSql(migration, direction);
    const held = new Map<string, LockMode>();
    const statements = (await readStatements(sql ?? [])).map((statement) => {
      if (!transactional) held.clear();
      return foresee(statement, { facts, made, held });
    });
    const notes =
      sql === undefined ? ['it asks the database while it runs: its statements are known only then'] : [];
    planned.push({ name, phase, transactional, notes, statements });
  }
  return planned;
}

/** What the files of migrations do not show. */
interface Facts {
  readonly schema: KnownSchema;
  /** As PostgreSQL last estimated; a table that was never looked at is not among them. */
  readonly rowCounts: ReadonlyMap<string, number>;
  /** Built-in functions by whether their value may differ from row to row; all others are user code. */
  readonly isVolatileByFunction: ReadonlyMap<string, boolean>;
}

async function readFacts(query: Query): Promise<Facts> {
  const counts = await query<{ name: string; rows: number }>(
    `select relname::text as name, reltuples::float8 as rows from pg_class
      where relkind in ('r', 'm') and reltuples >= 0 and relnamespace = (select oid from pg_namespace where nspname = current_schema())`,
  );
  const functions = await query<{ name: string; is_volatile: boolean }>(
    `select proname::text as name, bool_or(provolatile = 'v') as is_volatile
       from pg_proc where pronamespace = 'pg_catalog'::regnamespace group by proname`,
  );
  return {
    schema: new KnownSchema(),
    rowCounts: new Map(counts.map(({ name, rows }) => [name, rows])),
    isVolatileByFunction: new Map(functions.map(({ name, is_volatile: isVolatile }) => [name, isVolatile])),
  };
}

interface Foresight {
  /** The schema as the statements so far will have left it. */
  readonly facts: Facts;
  readonly made: Set<string>;
  readonly held: Map<string, LockMode>;
}

function foresee(statement: Statement, { facts, made, held }: Foresight): StatementReport {
  const { schema, isVolatileByFunction } = facts;
  for (const action of statement.actions) if (action.does === 'create-table') made.add(action.table);
  const effects = effectsOf(statement, {
    schema,
    isMade: (table) => made.has(table),
    isVolatile: (name) => isVolatileByFunction.get(name),
  }).filter(({ table }) => !made.has(table));
  schema.apply(statement);
  for (const action of statement.actions)
    if (action.does === 'rename-table' && made.delete(action.table)) made.add(action.to);
  const rewrites = tablesOf(effects.filter(({ isRewritten }) => isRewritten === true));
  const scans = tablesOf(effects.filter(({ isScanned }) => isScanned === true));
  return {
    sql: statement.text,
    locks: takeLocks(effects, held),
    rewrites,
    scans: scans.filter((table) => !rewrites.includes(table)),
    rows: rowsOf(statement, [...rewrites, ...scans], facts),
    notes: [...effects.flatMap(({ note }) => note ?? []), ...blindSpots(statement, facts)],
  };
}

/** Which rows a condition leaves is not known; at most it is all. Of several tables the largest counts. */
function rowsOf({ actions }: Statement, whole: readonly string[], { rowCounts }: Facts): number | undefined {
  const changed = actions.flatMap((action) =>
    action.does === 'change-rows' && (action.how === 'update' || action.how === 'delete') ? action.table : [],
  );
  const counts = [...whole, ...changed].flatMap((table) => rowCounts.get(table) ?? []);
  return counts.length === 0 ? undefined : Math.max(...counts);
}

function blindSpots(
  { isRefused, isCode, functions, kind }: Statement,
  { isVolatileByFunction }: Facts,
): string[] {
  if (isRefused) return ['PostgreSQL would refuse it: it is no SQL'];
  if (isCode) return ['it is code, whose statements are known only when it runs'];
  const own = functions.filter((name) => !isVolatileByFunction.has(name));
  return kind !== 'schema' && own.length > 0
    ? [`what ${own.join(', ')}() does is known only when it runs`]
    : [];
}

function tablesOf(effects: readonly Effect[]): string[] {
  return [...new Set(effects.map(({ table }) => table))];
}

/** Returns the locks that are stronger than those held, and holds them. */
function takeLocks(effects: readonly Effect[], held: Map<string, LockMode>): TableLock[] {
  const taken = new Map<string, LockMode>();
  for (const { table, mode } of effects) {
    if (!isStronger(mode, WEAKEST_TOLD) || !isStronger(mode, held.get(table))) continue;
    held.set(table, mode);
    taken.set(table, mode);
  }
  return [...taken].map(([table, mode]) => ({ table, mode }));
}
