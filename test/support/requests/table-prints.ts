/** What the tables of a database hold, in a few letters each: to see that nothing was changed. */

import type { Orm } from '../../../src/persistence/orm.ts';

/** What time writes and no request does: when someone was seen, and every second what an account is worth. */
const COLUMNS_OF_TIME =
  'last_seen_at,last_used_at,snapshot_at,balance,nav,margin_used,margin_available,unrealized_pnl,margin_call,' +
  'margin_closeout_percent';
const TABLES_OF_TIME: ReadonlySet<string> = new Set(['account_states', 'strategy_states', 'equity_points']);

export type TablePrints = ReadonlyMap<string, string>;

/** What is written about refused requests: a table is compared without these rows. */
const ROWS_ABOUT_REFUSALS: ReadonlyMap<string, string> = new Map([['events', `type = 'access-refused'`]]);

/** Returns the function that takes a print of every table. */
export async function tablePrinter(orm: Orm): Promise<() => Promise<TablePrints>> {
  const em = orm.em.fork();
  const tables = await em.execute<{ name: string; hasTime: boolean }[]>(
    `select table_name as name, bool_or(column_name = any(string_to_array('${COLUMNS_OF_TIME}', ','))) as "hasTime"
       from information_schema.columns join information_schema.tables using (table_schema, table_name)
      where table_schema = 'public' and table_type = 'BASE TABLE' group by table_name`,
  );
  const print = tables
    .filter(({ name }) => !TABLES_OF_TIME.has(name))
    .map(
      ({ name, hasTime }) =>
        `select '${name}', ${hasTime ? OF_VALUES : OF_VERSIONS} from "${name}" t where not (${ROWS_ABOUT_REFUSALS.get(name) ?? 'false'})`,
    )
    .join(' union all ');
  // A function keeps its plan; to plan this each time costs more than reading tables as small as those of tests.
  await em.execute(`create schema if not exists prints`);
  await em.execute(
    `create or replace function prints.of_tables() returns table (name text, print text) language plpgsql as $$ begin return query ${print}; end $$`,
  );
  return async () => {
    const prints = await em.execute<{ name: string; print: string | null }[]>(
      'select * from prints.of_tables()',
    );
    return new Map(prints.map((row) => [row.name, row.print ?? 'empty']));
  };
}

/** Every write gives its row the number of its transaction: no value has to be read. */
const OF_VERSIONS = `count(*) || ' ' || coalesce(sum(xmin::text::bigint), 0)`;

/** Of what is left without the columns of time. */
const OF_VALUES = `md5(string_agg((to_jsonb(t) - string_to_array('${COLUMNS_OF_TIME},updated_at', ','))::text, '' order by id))`;

/** Returns the names of the tables that differ. */
export function changedTables(before: TablePrints, after: TablePrints): readonly string[] {
  return [...after].filter(([name, print]) => before.get(name) !== print).map(([name]) => name);
}
