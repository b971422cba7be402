/** The third layer of the linter: what the trace saw on a scratch database with rows. */
import { heldLocks } from '../trace/lock-times.ts';
import { parseSql } from '../sql/parse-sql.ts';
import { readStatements } from '../sql/read-statements.ts';
import { nodesOf, stringsOf } from '../sql/tree.ts';
import type { Node } from 'libpg-query';
import type { Action } from '../sql/action.ts';
import type { LintFinding } from './lint-finding.ts';
import type { MigrationTrace } from '../trace/migration-trace.ts';

/** Longer than this nobody may be kept from reading. */
const LONGEST_EXCLUSIVE_MS = 1_000;
/** From this share of a table's rows on, a statement is one for all rows. */
const SHARE_OF_ALL = 0.5;
/** So many rows are changed in about half a second, however many the table has. */
const LARGEST_BATCH = 10_000;

/** The rules that only a trace can apply, with what to do. */
export const TRACE_HELP = {
  'trace-failed': 'Mend it, or waive the rule and say why it only fails on made-up rows.',
  'trace-rewrite':
    'Nobody may use the table while it is rewritten. Use changeTypeOnline of src/migrator/recipes.ts for another type; for a new column with a value that differs by row, add it without, fill it by startBackfill, and give it its default then.',
  'trace-long-lock':
    'Take the strong lock last and for a moment: validate a constraint in a migration of its own, make indexes concurrently, change rows in a backfill.',
  'row-estimate-too-big':
    'Change the rows by a backfill (startBackfill), which goes in small batches. If the table stays small, waive the rule and say so.',
} as const;

export const TRACE_RULES: readonly string[] = Object.keys(TRACE_HELP);

/** Returns what is wrong with how the migrations ran. `rowCounts` says how many rows were in each table before. */
export async function traceFindings(
  traces: readonly MigrationTrace[],
  rowCounts: ReadonlyMap<string, number>,
): Promise<LintFinding[]> {
  const findings = traces.map(async (trace) => [
    ...failures(trace),
    ...rewrites(trace),
    ...longLocks(trace),
    ...(await bigChanges(trace, rowCounts)),
  ]);
  return (await Promise.all(findings)).flat();
}

function finding(
  rule: keyof typeof TRACE_HELP,
  migration: string,
  { message, sql }: { readonly message: string; readonly sql?: string | undefined },
): LintFinding {
  return {
    migration,
    rule,
    message,
    help: TRACE_HELP[rule],
    ...(sql !== undefined && { statement: sql }),
    severity: 'error',
  };
}

function failures({ name, failure }: MigrationTrace): LintFinding[] {
  if (failure === undefined) return [];
  const { message, sqlState, sql } = failure;
  const code = sqlState === undefined ? '' : ` with SQLSTATE ${sqlState}`;
  return [
    finding('trace-failed', name, { message: `it fails on a database with rows${code}: ${message}`, sql }),
  ];
}

function rewrites({ name, statements }: MigrationTrace): LintFinding[] {
  return statements.flatMap(({ sql, rewrites: tables }) =>
    tables.map((table) => finding('trace-rewrite', name, { message: `it rewrites all of ${table}`, sql })),
  );
}

function longLocks({ name, statements }: MigrationTrace): LintFinding[] {
  return heldLocks(statements).flatMap((locks, index) =>
    locks
      .filter(({ mode, heldMs }) => mode === 'AccessExclusiveLock' && heldMs > LONGEST_EXCLUSIVE_MS)
      .map(({ table, heldMs }) => {
        const message = `nobody could read ${table} for ${Math.round(heldMs)} ms`;
        return finding('trace-long-lock', name, { message, sql: statements[index]?.sql });
      }),
  );
}

async function bigChanges(
  { name, phase, statements }: MigrationTrace,
  rowCounts: ReadonlyMap<string, number>,
): Promise<LintFinding[]> {
  const findings = statements.map(async ({ sql, rows = 0 }, index) => {
    const isSweep = phase === 'contract' && (await endsBackfill(statements[index + 1]?.sql));
    if (isSweep || rows <= (await mostRows(sql))) return [];
    return (await rowActions(sql)).flatMap((action) => {
      if (!['update', 'delete'].includes(action.how)) return [];
      const count = rowCounts.get(action.table) ?? 0;
      if (count === 0 || rows < count * SHARE_OF_ALL) return [];
      const message = `it changes ${rows} of the ${count} rows of ${action.table}, so with many rows it takes long and holds them all`;
      return [finding('row-estimate-too-big', name, { message, sql })];
    });
  });
  return (await Promise.all(findings)).flat();
}

type RowAction = Extract<Action, { readonly does: 'change-rows' }>;

async function rowActions(sql: string): Promise<RowAction[]> {
  const actions = (await readStatements([sql])).flatMap((statement) => statement.actions);
  return actions.filter((action) => action.does === 'change-rows');
}

/** What finishBackfill writes after its sweep. A contract waits for the backfill, which no trace runs: the sweep finds next to nothing. */
async function endsBackfill(sql: string | undefined): Promise<boolean> {
  const actions = sql === undefined ? [] : await rowActions(sql);
  return actions.some(({ how, table }) => how === 'update' && table === 'backfill_jobs');
}

/** Returns how many rows a statement changes at most, however many there are, because it takes them by a `limit`; 0 without one. */
async function mostRows(sql: string): Promise<number> {
  const trees = (await parseSql(sql)).map(({ tree }) => tree);
  const changes = [...nodesOf('UpdateStmt', trees), ...nodesOf('DeleteStmt', trees)];
  const limits = changes.map(({ whereClause }) => limitOf(whereClause));
  const isBatch = limits.length > 0 && limits.every((limit) => limit <= LARGEST_BATCH);
  return isBatch ? Math.max(...limits) : 0;
}

/** The limit of `key in (select … limit n)`, where every row that changes must meet that. */
function limitOf(condition: Node | undefined): number {
  if (condition === undefined) return Infinity;
  if ('BoolExpr' in condition && condition.BoolExpr.boolop === 'AND_EXPR')
    return Math.min(...(condition.BoolExpr.args ?? []).map(limitOf));
  if (!('SubLink' in condition)) return Infinity;
  const { subLinkType, operName, subselect } = condition.SubLink;
  const isIn = subLinkType === 'ANY_SUBLINK' && stringsOf(operName).every((operator) => operator === '=');
  if (!isIn || subselect === undefined || !('SelectStmt' in subselect)) return Infinity;
  const { limitCount } = subselect.SelectStmt;
  if (limitCount === undefined || !('A_Const' in limitCount)) return Infinity;
  return limitCount.A_Const.ival?.ival ?? Infinity;
}
