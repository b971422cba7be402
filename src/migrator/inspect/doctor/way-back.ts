/** What going back would delete: the statements of each `down`, and how many rows they would lose. Writes nothing. */
import { misfit } from '../../author/recipes/refuse-loss.ts';
import { MigratorFailure } from '../../failure.ts';
import { readStatements } from '../../review/sql/read-statements.ts';
import { typeText } from '../../review/sql/tree.ts';
import { QUERY_CANCELED } from '../../run/connect/sql-states.ts';
import { identifier, literal } from '../../run/connect/sql-text.ts';
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import { renderSql } from '../../run/execute/render-sql.ts';
import { assertReversible } from '../../run/plan/migration-plan.ts';
import { loadEntries } from '../../run/state/load-migrations.ts';
import type { ManifestEntry } from '../../run/state/manifest.ts';
import type { Query } from '../../run/connect/query.ts';
import type { Comparison } from './reader.ts';

/** What is removed: a table, a column, rows by a statement of its own, or what does not fit a new type. */
interface Removal {
  readonly kind: 'table' | 'column' | 'rows' | 'values';
  readonly table: string;
  readonly column?: string;
  readonly type?: string;
  /** Of values: whether the statements look first, and stop. */
  readonly isRefused?: boolean;
}

/**
 * A removal with what it costs. `rows`: of a table, all; of a column, those with a value; of values, those that do not fit; undefined
 * when it cannot be known.
 */
export interface Loss extends Removal {
  readonly rows: number | undefined;
  readonly isEstimate: boolean;
}

/** One migration to revert. */
export interface StepBack {
  readonly name: string;
  /** Undefined when it asks the database while it runs, so that its SQL and its losses cannot be known. */
  readonly losses: readonly Loss[] | undefined;
  /** Whether it was recorded without having run: what its `down` removes may not be there. */
  readonly isFaked: boolean;
}

/** Returns the steps in the order in which they are taken. MigratorFailure `command-invalid` when one of them cannot be taken. */
export async function lookBack(
  { folder, tracked }: Comparison,
  entries: readonly ManifestEntry[],
  { query, isProduction }: { readonly query: Query; readonly isProduction: boolean },
): Promise<StepBack[]> {
  const names = entries.map(({ name }) => name);
  const migrations = await loadEntries(folder, names);
  assertReversible(migrations);
  if (isProduction) refuseContracts(entries);
  const steps: StepBack[] = [];
  for (const migration of migrations) {
    const statements = await renderSql(migration, 'down');
    const losses = statements && (await lossesOf(query, statements));
    const isFaked = tracked.some(({ name, kind }) => name === migration.name && kind === 'fake');
    steps.push({ name: migration.name, losses, isFaked });
  }
  return steps;
}

/** Returns what statements remove, each once, with the rows that this costs; undefined where code takes something away. */
export async function lossesOf(query: Query, statements: readonly string[]): Promise<Loss[] | undefined> {
  const found = await removalsOf(statements);
  if (found === undefined) return undefined;
  const removals = new Map(found.map((each) => [JSON.stringify(each), each]));
  const losses: Loss[] = [];
  for (const removal of removals.values()) {
    const loss = await countLoss(query, removal);
    // A type that everything fits takes nothing away.
    if (loss.kind !== 'values' || loss.rows !== 0) losses.push(loss);
  }
  return losses;
}

/** How refuseLoss says what it looks at. */
const REFUSED = /^-- "((?:[^"]|"")+)" of "((?:[^"]|"")+)" must fit (.+)$/m;

/** What the text of code seems to remove. */
const TAKES_AWAY = /\b(?:delete\s+from|truncate|drop\s+(?:table|column))\b/i;

async function removalsOf(statements: readonly string[]): Promise<Removal[] | undefined> {
  const refused = statements.flatMap((statement): Removal[] => {
    const [, column, table, type] = REFUSED.exec(statement)?.map((part) => part.replaceAll('""', '"')) ?? [];
    if (column === undefined || table === undefined || type === undefined) return [];
    return [{ kind: 'values', table, column, type, isRefused: true }];
  });
  const read = await readStatements(statements);
  if (read.some(({ isCode, text }) => isCode && TAKES_AWAY.test(text))) return undefined;
  const actions = read.flatMap((statement) => statement.actions);
  const removals = actions.flatMap((action): Removal[] => {
    if (action.does === 'drop-table') return [{ kind: 'table', table: action.table }];
    if (action.does === 'drop-column')
      return [{ kind: 'column', table: action.table, column: action.column }];
    if (action.does === 'change-type') {
      const { table, column, type } = action;
      const isRefused = refused.some((each) => each.table === table && each.column === column);
      return isRefused ? [] : [{ kind: 'values', table, column, type: typeText(type), isRefused }];
    }
    const isDeletion = action.does === 'change-rows' && ['delete', 'truncate'].includes(action.how);
    // The records of a backfill are the migrator's own; losing them loses no data.
    return isDeletion && action.table !== 'backfill_jobs' ? [{ kind: 'rows', table: action.table }] : [];
  });
  return [...refused, ...removals];
}

/** Counts it, or estimates it where counting takes too long. */
async function countLoss(query: Query, removal: Removal): Promise<Loss> {
  try {
    const [row] = await query<{ rows: number }>(await countSql(query, removal));
    return { ...removal, rows: row?.rows, isEstimate: false };
  } catch (error) {
    // The table is large, and its statistics do; how many rows there are says nothing of how many do not fit.
    const isCountable = sqlStateOf(error) === QUERY_CANCELED && removal.kind !== 'values';
    if (!isCountable) return { ...removal, rows: undefined, isEstimate: false };
    const [row] = await query<{ rows: number }>(
      `select reltuples::bigint as rows from pg_class where oid = to_regclass(${literal(identifier(removal.table))}) and reltuples >= 0`,
    );
    return { ...removal, rows: row?.rows, isEstimate: row !== undefined };
  }
}

async function countSql(query: Query, { kind, table, column = '', type = '' }: Removal): Promise<string> {
  const from = identifier(table);
  if (kind === 'column') return `select count(${identifier(column)}) as rows from ${from}`;
  if (kind !== 'values') return `select count(*) as rows from ${from}`;
  // A column that an earlier step brings back is not there yet, and counting it fails.
  const [now] = await query<{ type: string }>(
    `select format_type(atttypid, atttypmod) as type from pg_attribute
      where attrelid = to_regclass(${literal(from)}) and attname = ${literal(column)}`,
  );
  return `select count(*) as rows from ${from} where ${misfit({ column, from: now?.type ?? type, to: type })}`;
}

/** What a contract removed, its `down` makes again and empty; the server that runs now does not use it. */
function refuseContracts(entries: readonly ManifestEntry[]): void {
  const contracts = entries.filter(({ phase }) => phase === 'contract').map(({ name }) => name);
  if (contracts.length === 0) return;
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was reverted: this is production, and there is no way back over a contract: ${contracts.join(', ')}. ` +
      'What it removed does not come back. Write a new migration that leads on, or restore a backup.',
  );
}
