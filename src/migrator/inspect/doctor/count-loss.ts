/** Counts the rows that a removal would lose. Reads only. */
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import { literal } from '../../run/connect/sql-text.ts';
import type { Query } from '../../run/connect/query.ts';
import type { Removal } from './find-removals.ts';

/** A removal with what it costs. `rows`: of a table, all; of a column, those with a value; undefined when it cannot be told. */
export type Loss = Removal & { readonly rows: number | undefined; readonly isEstimate: boolean };

/** Counting took longer than a question may, so the table is large and its statistics do. */
const TOOK_TOO_LONG = '57014';

/** Counts it, or estimates it where counting takes too long. */
export async function countLoss(query: Query, removal: Removal): Promise<Loss> {
  const what = removal.kind === 'column' ? removal.column : '*';
  try {
    const [row] = await query<{ rows: number }>(`select count(${what}) as rows from ${removal.table}`);
    return { ...removal, rows: row?.rows, isEstimate: false };
  } catch (error) {
    const rows = sqlStateOf(error) === TOOK_TOO_LONG ? await estimateRows(query, removal.table) : undefined;
    return { ...removal, rows, isEstimate: rows !== undefined };
  }
}

async function estimateRows(query: Query, table: string): Promise<number | undefined> {
  const [row] = await query<{ rows: number }>(
    `select reltuples::bigint as rows from pg_class where oid = to_regclass(${literal(table)}) and reltuples >= 0`,
  );
  return row?.rows;
}
