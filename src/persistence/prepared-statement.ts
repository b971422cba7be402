/** A statement on a hot path: a transaction of its own in one message, parsed and planned once on each connection of the pool. */

import { hash } from 'node:crypto';
import type { Orm } from './orm.ts';

type Row = Readonly<Record<string, unknown>>;
type Connection = ReturnType<Orm['em']['getConnection']>;

/** What the driver's own pool, whose types are not installed, is asked for. */
interface PreparingPool {
  query(statement: Statement): Promise<{ readonly rows: readonly Row[] }>;
}

/** A statement with its values; it is prepared when it has a name. */
interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A statement with its name, which belongs to one text only. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/** Runs a statement on the pool with these values for `$1` and so on, commits, and returns its rows. */
export function runPrepared(
  orm: Orm,
  statement: PreparedStatement,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  return run(orm.em.getConnection(), statement, values);
}

/** A query of the query builder, or what is made of one. */
export interface Query<Result> {
  compile(): CompiledQuery;
  /** What the compiler knows the rows by; never called. */
  readonly execute?: () => Promise<readonly Result[]>;
}

/** What a query of the query builder is in SQL. */
export interface CompiledQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/**
 * Names by the texts of lists that are prepared. Each costs PostgreSQL up to half a megabyte on every connection while it is open, and the filters of a list
 * have hundreds of sets.
 */
const MOST_LISTS = 50;
const listsOf = new WeakMap<Orm, Map<string, string>>();

/**
 * Runs the statement of a list on the connections for what people read, and returns its rows. It is prepared unless there are many prepared
 * lists already when its text is first used.
 */
export function readStatement(orm: Orm, text: string, values: readonly unknown[]): Promise<readonly Row[]> {
  const name = nameOf(orm, text);
  const connection = orm.em.getConnection('read');
  return name === undefined ? query(connection, { text, values }) : run(connection, { name, text }, values);
}

/** The name of a list's text on the connections of this pool; undefined when it is one too many. */
function nameOf(orm: Orm, text: string): string | undefined {
  const nameByText = listsOf.get(orm) ?? new Map<string, string>();
  listsOf.set(orm, nameByText);
  return nameByText.get(text) ?? newName(nameByText, text);
}

function newName(nameByText: Map<string, string>, text: string): string | undefined {
  if (nameByText.size === MOST_LISTS) return undefined;
  const name = hash('sha256', text, 'base64url');
  nameByText.set(text, name);
  return name;
}

/** What makes names new when a migration has changed what their statements return. */
let generation = 0;

/**
 * PostgreSQL refuses a statement that was prepared before a migration added a column to what it returns, and would on this connection for as
 * long as it is open. Nothing was done then, so it is prepared under another name and run.
 */
async function run(
  connection: Connection,
  statement: PreparedStatement,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const { text } = statement;
  for (;;) {
    const current = generation;
    const name = current === 0 ? statement.name : `${statement.name}-${current}`;
    try {
      return await query(connection, { name, text, values });
    } catch (error) {
      if (!isOutdated(error)) throw error;
      // One of those that fail at the same time renames them for all.
      if (current === generation) generation += 1;
    }
  }
}

async function query(connection: Connection, statement: Statement): Promise<readonly Row[]> {
  const { rows } = await connection.getNativeClient().then((pool: PreparingPool) => pool.query(statement));
  return rows;
}

/** Other statements that PostgreSQL does not support have the same code. */
function isOutdated(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === '0A000' &&
    'routine' in error &&
    error.routine === 'RevalidateCachedQuery'
  );
}
