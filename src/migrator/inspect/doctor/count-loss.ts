/** Counts the rows that a removal would lose. Reads only. */
import { misfit } from '../../author/recipes/refuse-loss.ts';
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import { literal } from '../../run/connect/sql-text.ts';
import type { Query } from '../../run/connect/query.ts';
import type { Removal } from './find-removals.ts';

/**
 * A removal with what it costs. `rows`: of a table, all; of a column, those with a value; of values, those that do not fit; undefined
 * when it cannot be told.
 */
export type Loss = Removal & { readonly rows: number | undefined; readonly isEstimate: boolean };

/** Counting took longer than a question may, so the table is large and its statistics do. */
const TOOK_TOO_LONG = '57014';

/** Counts it, or estimates it where counting takes too long. */
export async function countLoss(query: Query, removal: Removal): Promise<Loss> {
  try {
    const [row] = await query<{ rows: number }>(await countSql(query, removal));
    return { ...removal, rows: row?.rows, isEstimate: false };
  } catch (error) {
    // How many rows there are says nothing of how many do not fit.
    const isCountable = sqlStateOf(error) === TOOK_TOO_LONG && removal.kind !== 'values';
    const rows = isCountable ? await estimateRows(query, removal.table) : undefined;
    return { ...removal, rows, isEstimate: rows !== undefined };
  }
}

async function countSql(query: Query, removal: Removal): Promise<string> {
  const { kind, table } = removal;
  if (kind !== 'values')
    return `select count(${kind === 'column' ? removal.column : '*'}) as rows from ${table}`;
  const column = nameOf(removal.column);
  const [now] = await query<{ type: string }>(
    `select format_type(atttypid, atttypmod) as type from pg_attribute
      where attrelid = to_regclass(${literal(table)}) and attname = ${literal(column)}`,
  );
  // A column that an earlier step brings back is not there yet, and counting it fails.
  const where = misfit({ column, from: now?.type ?? removal.type, to: removal.type });
  return `select count(*) as rows from ${table} where ${where}`;
}

/** As PostgreSQL keeps it. */
function nameOf(written: string): string {
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
}

async function estimateRows(query: Query, table: string): Promise<number | undefined> {
  const [row] = await query<{ rows: number }>(
    `select reltuples::bigint as rows from pg_class where oid = to_regclass(${literal(table)}) and reltuples >= 0`,
  );
  return row?.rows;
}
