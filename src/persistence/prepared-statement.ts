/** A statement on a hot path: a transaction of its own in one message, parsed and planned once on each connection of the pool. */

import { hash } from 'node:crypto';
import type { Orm } from './orm.ts';

type Row = Readonly<Record<string, unknown>>;

/** What the driver's own pool, whose types are not installed, is asked for. */
interface PreparingPool {
  query(statement: {
    readonly name: string;
    readonly text: string;
    readonly values: readonly unknown[];
  }): Promise<{ readonly rows: readonly Row[] }>;
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

/** A query of the query builder. */
export interface Query<Result> {
  compile(): CompiledQuery;
  execute(): Promise<readonly Result[]>;
}

/** What a query of the query builder is in SQL. */
export interface CompiledQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/**
 * Texts of lists that are prepared. Each costs PostgreSQL up to half a megabyte on every connection while it is open, and the filters of a list
 * have hundreds of sets.
 */
const MOST_LISTS = 50;
const preparedLists = new Set<string>();

/**
 * Runs a query on the connections for what people read, as the statement of its text, and returns its rows. For lists that are read often: a
 * list has a statement for each set of filters, so the text must not depend on values or their number. Sets that are first used when there
 * are many statements already are not prepared.
 */
export async function readPrepared<Result>(orm: Orm, query: Query<Result>): Promise<readonly Result[]> {
  const { sql: text, parameters } = query.compile();
  const name = hash('sha256', text, 'base64url');
  if (preparedLists.size < MOST_LISTS) preparedLists.add(name);
  if (!preparedLists.has(name)) return query.execute();
  return (await run(orm.em.getConnection('read'), { name, text }, parameters)) as readonly Result[];
}

/** What makes names new when a migration has changed what their statements return. */
let generation = 0;

/**
 * PostgreSQL refuses a statement that was prepared before a migration added a column to what it returns, and would on this connection for as
 * long as it is open. Nothing was done then, so it is prepared under another name and run.
 */
async function run(
  connection: ReturnType<Orm['em']['getConnection']>,
  statement: PreparedStatement,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const { text } = statement;
  for (;;) {
    const current = generation;
    const name = current === 0 ? statement.name : `${statement.name}-${current}`;
    try {
      const { rows } = await connection
        .getNativeClient()
        .then((pool: PreparingPool) => pool.query({ name, text, values }));
      return rows;
    } catch (error) {
      if (!isOutdated(error)) throw error;
      // One of those that fail at the same time renames them for all.
      if (current === generation) generation += 1;
    }
  }
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
