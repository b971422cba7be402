/** What migrations would do to a database: what they would block, rewrite or read whole. Nothing is run. */
import { renderSql } from '../run/execute/render-sql.ts';
import { readDatabaseFacts } from './read-database-schema.ts';
import { effectsOf } from './statement-effects.ts';
import { readStatements } from './sql/read-statements.ts';
import { isStronger, WEAKEST_TOLD } from './trace/lock-modes.ts';
import type { MigrationParts } from '../run/execute/render-sql.ts';
import type { LoadedMigration } from '../run/state/load-migrations.ts';
import type { Phase } from '../run/migration.ts';
import type { Query } from '../run/connect/query.ts';
import type { DatabaseFacts } from './read-database-schema.ts';
import type { Effect } from './statement-effects.ts';
import type { Statement } from './sql/action.ts';
import type { LockMode } from './trace/lock-modes.ts';
import type { Change, TableLock } from './trace/table-watch.ts';

export interface StaticPlanRequest {
  /** In the order in which they run. */
  readonly migrations: readonly LoadedMigration[];
  readonly direction: 'up' | 'down';
  readonly parts: MigrationParts;
  /** Asks the database about its tables. */
  readonly query: Query;
}

/** What a statement would do, in the terms in which a trial reports what it did. */
export interface PlannedStatement extends Change {
  readonly sql: string;
  /** About how many rows it reads, writes or may change; undefined where there are no statistics, or none are touched. */
  readonly rows: number | undefined;
  /** What cannot be known without running it. */
  readonly notes: readonly string[];
}

export interface PlannedMigration {
  readonly name: string;
  readonly phase: Phase | undefined;
  readonly transactional: boolean;
  readonly statements: readonly PlannedStatement[];
  readonly notes: readonly string[];
}

/** Returns what each statement would do. Reads catalogues only, and takes no lock that blocks others. */
export async function planStatically(request: StaticPlanRequest): Promise<PlannedMigration[]> {
  const { migrations, direction, query, parts } = request;
  const facts = await readDatabaseFacts(query);
  // Made by the plan itself: no one else uses them.
  const made = new Set<string>();
  const planned: PlannedMigration[] = [];
  for (const migration of migrations) {
    const { name, phase, transactional } = migration;
    const sql = await renderSql(migration, direction, parts);
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

interface Foresight {
  /** The schema as the statements so far will have left it. */
  readonly facts: DatabaseFacts;
  readonly made: Set<string>;
  readonly held: Map<string, LockMode>;
}

function foresee(statement: Statement, { facts, made, held }: Foresight): PlannedStatement {
  const { schema, isUtc, isVolatileByFunction } = facts;
  for (const action of statement.actions) if (action.does === 'create-table') made.add(action.table);
  const effects = effectsOf(statement, {
    schema,
    isUtc,
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
function rowsOf(
  { actions }: Statement,
  whole: readonly string[],
  { rowCounts }: DatabaseFacts,
): number | undefined {
  const changed = actions.flatMap((action) =>
    action.does === 'change-rows' && (action.how === 'update' || action.how === 'delete') ? action.table : [],
  );
  const counts = [...whole, ...changed].flatMap((table) => rowCounts.get(table) ?? []);
  return counts.length === 0 ? undefined : Math.max(...counts);
}

function blindSpots(
  { isRefused, isCode, functions, kind }: Statement,
  { isVolatileByFunction }: DatabaseFacts,
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
