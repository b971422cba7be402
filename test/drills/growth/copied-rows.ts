/** Many rows from one that the server itself wrote: copies of it, each with keys of its own. */
import { askOnce } from '../drill-database.ts';

/** What is copied. */
export interface Template {
  readonly table: string;
  /** The row that is copied. */
  readonly where: string;
  /** What differs in copy `n`, as SQL by the name of its column. */
  readonly keys: Readonly<Record<string, string>>;
}

/** An id of copy `n`, older than all that are made. */
export const COPIED_ID = `('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;

/** Makes the copies with these numbers. */
export async function copyRows(
  databaseUrl: string,
  { table, where, keys }: Template,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const columns = await askOnce(
    databaseUrl,
    `select column_name as name from information_schema.columns
      where table_schema = 'public' and table_name = '${table}' and is_identity = 'NO' and is_generated = 'NEVER'`,
  );
  const names = columns.map(({ name }) => String(name));
  await askOnce(
    databaseUrl,
    `insert into ${table} (${names.map((name) => `"${name}"`).join(', ')})
      select ${names.map((name) => keys[name] ?? `template."${name}"`).join(', ')}
      from (select * from ${table} where ${where} limit 1) as template, generate_series(${from}, ${to}) as n`,
  );
}
