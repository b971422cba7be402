/** Compares what the database holds at the end with what clients were answered. */
import { askOnce } from './drill-database.ts';
import { NEW_COLUMN, OLD_COLUMN, TABLE } from './renamed-column.ts';
import { checkSql } from './seeded-strategies.ts';
import type { Seeding } from './seeded-strategies.ts';

/** Enough to see what went wrong. */
const SHOWN = 5;

/** Returns what is wrong, one sentence each; `names` are those that rows were last given through the API. */
export async function wrongRows(
  databaseUrl: string,
  seeding: Seeding,
  names: ReadonlyMap<string, string>,
): Promise<string[]> {
  return [
    ...(await wrongSchema(databaseUrl)),
    ...(await wrongSeeds(databaseUrl, seeding)),
    ...(await wrongNames(databaseUrl, names)),
  ];
}

async function wrongSchema(databaseUrl: string): Promise<string[]> {
  const columns = await askOnce(
    databaseUrl,
    `select column_name || case is_nullable when 'NO' then ' not null' else '' end as text
      from information_schema.columns
      where table_name = '${TABLE}' and column_name in ('${OLD_COLUMN}', '${NEW_COLUMN}')`,
  );
  const found = columns.map(({ text }) => String(text)).join(', ');
  const triggers = await askOnce(
    databaseUrl,
    `select tgname as name from pg_trigger where tgrelid = '${TABLE}'::regclass and not tgisinternal`,
  );
  return [
    ...(found === `${NEW_COLUMN} not null` ? [] : [`the columns are ${found}`]),
    ...triggers.map(({ name }) => `the trigger ${String(name)} is still there`),
  ];
}

async function wrongSeeds(databaseUrl: string, seeding: Seeding): Promise<string[]> {
  const [found] = await askOnce(databaseUrl, checkSql(NEW_COLUMN, seeding));
  const isRight = found?.['rows'] === seeding.rows && found['wrong'] === 0;
  return isRight ? [] : [`of ${seeding.rows} rows that were there before: ${JSON.stringify(found)}`];
}

async function wrongNames(databaseUrl: string, names: ReadonlyMap<string, string>): Promise<string[]> {
  const rows = await askOnce(
    databaseUrl,
    `select id, ${NEW_COLUMN} as name from ${TABLE} where ${NEW_COLUMN} not like 'Seeded %'`,
  );
  const stored = new Map(rows.map(({ id, name }) => [String(id), String(name)]));
  const wrong = [...names].filter(([id, name]) => stored.get(id) !== name);
  const unexplained = [...stored].filter(([id]) => !names.has(id));
  return [
    ...wrong.map(([id, name]) => `${id} is "${stored.get(id)}" in the database, "${name}" was answered`),
    ...unexplained.map(([id, name]) => `${id} is "${name}" in the database, which no client wrote`),
  ].slice(0, SHOWN);
}
