/** Whether rows that were there before a change of the schema are there after it, with what they held. */
import type { PlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';

/** Rows of a table as texts of the columns that it had. */
interface TableRows {
  readonly columns: readonly string[];
  readonly rows: readonly string[];
}

/** By table. */
export type KeptRows = ReadonlyMap<string, TableRows>;

/** Tables that the server itself writes while it starts and migrates. */
const BOOKKEEPING = [
  'mikro_orm_migrations',
  'migration_attempts',
  'app_instances',
  'backfill_jobs',
  'database_backups',
];

/** Remembers every row; for the few rows of a drill. */
export async function readRows(connection: PlainConnection): Promise<KeptRows> {
  const columns = await readColumns(connection);
  const byTable = Map.groupBy(columns, ({ table }) => table);
  const kept = new Map<string, TableRows>();
  for (const [table, ofTable] of byTable) {
    const names = ofTable.map(({ column }) => column);
    kept.set(table, { columns: names, rows: await rowTexts(connection, table, names) });
  }
  return kept;
}

/** Returns what was lost or changed, one sentence each. A dropped column is reported by the comparison of schemas. */
export async function lostRows(connection: PlainConnection, before: KeptRows): Promise<string[]> {
  const columns = await readColumns(connection);
  const faults: string[] = [];
  for (const [table, { columns: had, rows }] of before) {
    const has = new Set(columns.filter((each) => each.table === table).map(({ column }) => column));
    const common = had.filter((column) => has.has(column));
    if (has.size === 0) faults.push(`the table ${table} is gone, which had ${rows.length} rows`);
    else if (common.length === had.length) {
      const now = new Set(await rowTexts(connection, table, had));
      const lost = rows.filter((row) => !now.has(row));
      if (lost.length > 0)
        faults.push(`${lost.length} of ${rows.length} rows of ${table} are gone or changed`);
    } else {
      const now = await rowTexts(connection, table, common);
      if (now.length < rows.length) faults.push(`${table} had ${rows.length} rows and has ${now.length}`);
    }
  }
  return faults;
}

interface Column {
  readonly table: string;
  readonly column: string;
}

async function readColumns(connection: PlainConnection): Promise<Column[]> {
  const rows = await connection.query(
    `select c.table_name as "table", c.column_name as "column" from information_schema.columns c
      join information_schema.tables t using (table_schema, table_name)
      where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
        and c.table_name <> all ('{${BOOKKEEPING.join(',')}}') order by 1, c.ordinal_position`,
  );
  return rows as unknown as Column[];
}

async function rowTexts(
  connection: PlainConnection,
  table: string,
  columns: readonly string[],
): Promise<string[]> {
  const list = columns.map((column) => `"${column}"`).join(', ');
  const rows = await connection.query(`select row(${list})::text as text from "${table}"`);
  return rows.map(({ text }) => String(text));
}
