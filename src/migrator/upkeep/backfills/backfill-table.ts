/** The table of a backfill as PostgreSQL's catalogue describes it. */
import { MigratorFailure } from '../../failure.ts';
import { identifier, literal } from '../../run/connect/sql-text.ts';
import type { Query } from '../../run/connect/query.ts';

/** What batches need to know of the table. */
export interface BackfillTable {
  /** The key's type as SQL, by which a cursor is read again. */
  readonly keyType: string;
  /** How many rows the statistics count; null when there are none yet. */
  readonly rowsEstimate: number | null;
}

interface CatalogueRow {
  readonly key_type: string | null;
  readonly is_key: boolean | null;
  readonly rows_estimate: number | null;
}

/** Reads it; MigratorFailure `conflict` with a sentence for the operator when no batch could go along that column. */
export async function describeBackfillTable(
  query: Query,
  { table, keyColumn }: { readonly table: string; readonly keyColumn: string },
): Promise<BackfillTable> {
  const [row] = await query<CatalogueRow>(`
    select format_type(key.atttypid, key.atttypmod) as key_type,
      key.attnotnull and exists (
        select from pg_index where indrelid = key.attrelid and indisunique and indisvalid and indpred is null
          and indnkeyatts = 1 and indkey[0] = key.attnum
      ) as is_key,
      case when wanted.reltuples >= 0 then wanted.reltuples
        else nullif(pg_stat_get_live_tuples(wanted.oid), 0) end::bigint as rows_estimate
    from pg_class wanted
    left join pg_attribute key on key.attrelid = wanted.oid and key.attname = ${literal(keyColumn)}
      and key.attnum > 0 and not key.attisdropped
    where wanted.oid = to_regclass(${literal(identifier(table))}) and wanted.relkind in ('r', 'p')`);
  if (row === undefined) throw refused(`There is no table "${table}".`);
  if (row.key_type === null) throw refused(`Table "${table}" has no column "${keyColumn}" to go along.`);
  if (row.is_key !== true) {
    throw refused(
      `Column "${keyColumn}" of "${table}" is not unique and required, so batches along it would miss rows. Name another key.`,
    );
  }
  return { keyType: row.key_type, rowsEstimate: row.rows_estimate };
}

function refused(detail: string): MigratorFailure {
  return new MigratorFailure('conflict', detail);
}
