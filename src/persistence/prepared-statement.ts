/** A statement on a hot path: a transaction of its own in one message, parsed and planned once on each connection of the pool. */

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
export async function runPrepared(
  orm: Orm,
  { name, text }: PreparedStatement,
  values: readonly unknown[],
): Promise<readonly Row[]> {
  const connection = orm.em.getConnection();
  const { rows } = await connection
    .getNativeClient()
    .then((pool: PreparingPool) => pool.query({ name, text, values }));
  return rows;
}
