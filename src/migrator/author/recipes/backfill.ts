/** Changes of many rows: a migration asks for one, and the server carries it out in small batches while it runs. */
import { identifier, literal } from '../../run/connect/sql-text.ts';

export interface Backfill {
  /** Its name, by which contracts wait for it and commands show it. */
  readonly name: string;
  readonly table: string;
  /** What is written, the SQL after `set`: `"note" = "remark"`. */
  readonly set: string;
  /** Which rows need it, the SQL after `where`. A row that got it must not meet this: `"note" is distinct from "remark"`. */
  readonly where: string;
  /** The column along which batches go: unique and never null. By default `id`. */
  readonly key?: string;
}

/**
 * Returns the statement that asks for a backfill; asking twice before it is done is asking once. What was done earlier under the name
 * is asked for again: a year later the same column may be filled again. Where the table has no row it is done already, as on a new
 * database, on which contracts run in the same breath.
 * Locks: one row of backfill_jobs. Each batch of the backfill holds its rows for about 0.1 s.
 */
export function startBackfill({ name, table, set, where, key = 'id' }: Backfill): string[] {
  const values = [name, table, key, set, where].map(literal).join(', ');
  // The names are looked at now, where a wrong one is a failed migration and not a failed backfill.
  const isNeeded = `exists (select ${identifier(key)} from ${identifier(table)})`;
  return [
    `insert into backfill_jobs (name, table_name, key_column, assignment, condition, state, completed_at) ` +
      `select ${values}, case when needed then 'pending' else 'done' end, case when needed then null else now() end ` +
      `from (select ${isNeeded} as needed) as looked on conflict (name) do update set ${AGAIN}`,
  ];
}

const AGAIN =
  'table_name = excluded.table_name, key_column = excluded.key_column, assignment = excluded.assignment, ' +
  'condition = excluded.condition, state = excluded.state, completed_at = excluded.completed_at, ' +
  'cursor = null, rows_done = 0, started_at = null, error = null, updated_at = now() ' +
  `where backfill_jobs.state = 'done' or ` +
  '(backfill_jobs.table_name, backfill_jobs.key_column, backfill_jobs.assignment, backfill_jobs.condition) ' +
  'is distinct from (excluded.table_name, excluded.key_column, excluded.assignment, excluded.condition)';

/** So many rows are changed in about half a second. */
const FIRST_ROWS = 10_000;

/**
 * Returns the statement that does the start of a backfill at once, for a migration of its own of phase `data`: a small table is done before
 * the new version serves, and of a large one the newest rows are. Locks: these rows, for about half a second.
 */
export function startBackfillAtOnce({ table, set, where, key = 'id' }: Backfill): string[] {
  const [rows, column] = [identifier(table), identifier(key)];
  const newest = `select ${column} from ${rows} where ${where} order by ${column} desc limit ${FIRST_ROWS}`;
  return [`update ${rows} set ${set} where ${column} in (${newest})`];
}

/** Returns the statement that takes a backfill back, for a `down`. What it has changed stays. Locks: one row of backfill_jobs. */
export function cancelBackfill(name: string): string[] {
  return [`delete from backfill_jobs where name = ${literal(name)}`];
}

/**
 * Returns the statements that do at once what a backfill has not done, before a contract removes what it reads. After the backfill
 * they find nothing. Locks: the rows that are left, and one row of backfill_jobs; reading a million rows takes about 0.1 s.
 */
export function finishBackfill({ name, table, set, where }: Backfill): string[] {
  return [
    `update ${identifier(table)} set ${set} where ${where}`,
    `update backfill_jobs set state = 'done', completed_at = now(), error = null ` +
      `where name = ${literal(name)} and state <> 'done'`,
  ];
}
