/** Many rows from one that the server itself wrote: copies of it, each with keys of its own. */
import { onPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';

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

/** A statement makes so many at most, so that one that is ended loses little. */
const AT_ONCE = 500_000;

/** Makes the copies with these numbers. */
export async function copyRows(
  databaseUrl: string,
  { table, where, keys }: Template,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  await onPlainConnection(databaseUrl, 'drill', async (query) => {
    // A copy refers to copies with the same number, or to what its template does: PostgreSQL need not look each up.
    await query('set session_replication_role = replica');
    const columns = await query<{ name: string }>(
      `select column_name as name from information_schema.columns
        where table_schema = 'public' and table_name = '${table}' and is_identity = 'NO' and is_generated = 'NEVER'`,
    );
    const names = columns.map(({ name }) => name);
    for (let first = from; first <= to; first += AT_ONCE)
      await query(
        `insert into ${table} (${names.map((name) => `"${name}"`).join(', ')})
          select ${names.map((name) => keys[name] ?? `template."${name}"`).join(', ')}
          from (select * from ${table} where ${where} limit 1) as template,
            generate_series(${first}, ${Math.min(to, first + AT_ONCE - 1)}) as n`,
      );
  });
}
