/** Proves that a squash makes what its originals make: both are run, and the databases compared. */
import assert from 'node:assert/strict';
import { MigratorFailure } from '../../failure.ts';
import { onPlainConnection } from '../../run/connect/plain-connection.ts';
import { compareSchema } from '../../inspect/drift/compare-schema.ts';
import { readSchema } from '../../inspect/drift/read-schema.ts';
import { replayMigrations } from '../../inspect/drift/replay-migrations.ts';
import { loadMigrations } from '../../run/state/load-migrations.ts';
import { renderSql } from '../../run/execute/render-sql.ts';
import type { Schema } from '../../inspect/drift/read-schema.ts';
import type { LoadedMigration } from '../../run/state/load-migrations.ts';

/** Makes an empty database. */
export type MakeDatabase = () => Promise<{ readonly url: string; drop(): Promise<void> }>;

/** Returns in what the squash differs from its originals, up and back down, one sentence each; empty when they are equal. */
export async function proveSquash(
  folder: string,
  name: string,
  makeDatabase: MakeDatabase,
): Promise<string[]> {
  const all = await loadMigrations(folder);
  const squash = all.find((migration) => migration.name === name);
  assert(squash !== undefined && squash.replaces.length > 0, `${name} is a squash in ${folder}`);
  const originals = all.filter((migration) => squash.replaces.includes(migration.name));
  const wanted = await build(makeDatabase, originals, (url) => readState(url));
  const start = await build(makeDatabase, [], (url) => readState(url));
  return build(makeDatabase, [squash], async (url) => {
    const forth = differences(wanted, await readState(url));
    if (forth.length > 0 || squash.irreversible !== undefined) return forth;
    await runDown(url, squash);
    const back = differences(start, await readState(url));
    return back.map((difference) => `taken back, ${difference}`);
  }).catch((error: unknown) => {
    if (error instanceof MigratorFailure && error.type === 'migration-failed') return [error.message];
    throw error;
  });
}

async function build<Result>(
  makeDatabase: MakeDatabase,
  migrations: readonly LoadedMigration[],
  look: (databaseUrl: string) => Promise<Result>,
): Promise<Result> {
  const database = await makeDatabase();
  try {
    await replayMigrations(database.url, migrations);
    return await look(database.url);
  } finally {
    await database.drop();
  }
}

interface State {
  readonly schema: Schema;
  /** How columns are stored, how tables are, how many rows each has, and what is in them. */
  readonly facts: readonly string[];
}

const FACTS_SQL = `
select format('%s.%s is stored as %s%s', c.relname, a.attname, a.attstorage, a.attcompression) as fact
  from pg_attribute a join pg_class c on c.oid = a.attrelid
 where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
union all
select format('%s has the options %s', c.relname, c.reloptions)
  from pg_class c where c.relnamespace = current_schema()::regnamespace and c.reloptions is not null
union all
select format('%s has %s rows', c.relname, (xpath('/row/count/text()',
         query_to_xml(format('select count(*) from %s', c.oid::regclass), false, true, '')))[1])
  from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
order by 1`;

/**
 * A statement that shows for every table what its rows hold, whatever the order of its columns; without moments and what is made up again
 * each time, in which two runs of the same differ.
 */
const CONTENTS_SQL = `
select string_agg(format(
         $$select format('the rows of %s are %%s', md5(string_agg(r, ',' order by r))) as fact
             from (select (to_jsonb(t) - %L::text[])::text as r from %s t) as rows having count(*) > 0$$,
         relname, passing, id::regclass), ' union all ') as sql
  from (select c.oid as id, c.relname,
               coalesce(array_agg(a.attname::text) filter (
                 where a.atttypid in ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)
                    or pg_get_expr(d.adbin, d.adrelid) ~* 'uuid|random'), '{}') as passing
          from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
         where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
         group by c.oid, c.relname) as tables`;

async function readState(databaseUrl: string): Promise<State> {
  const schema = await readSchema(databaseUrl);
  return onPlainConnection(databaseUrl, 'squash', async (query) => {
    const facts = await query(FACTS_SQL);
    const [contents] = await query(CONTENTS_SQL);
    const sql = contents?.['sql'];
    const rows = typeof sql === 'string' ? await query(sql) : [];
    return { schema, facts: [...facts, ...rows].map(({ fact }) => String(fact)) };
  });
}

function differences(wanted: State, found: State): string[] {
  const [should, is] = [new Set(wanted.facts), new Set(found.facts)];
  return [
    ...compareSchema(wanted.schema, found.schema).map(({ sentence }) => sentence),
    ...[...should.difference(is)].map((fact) => `with the originals ${fact}`),
    ...[...is.difference(should)].map((fact) => `with the squash ${fact}`),
  ];
}

function runDown(databaseUrl: string, squash: LoadedMigration): Promise<void> {
  return onPlainConnection(databaseUrl, 'squash', async (query) => {
    for (const statement of (await renderSql(squash, 'down')) ?? []) await query(statement);
  });
}
