/** Proves that a squash makes what its originals make: both are run, and the databases compared. */
import { MikroORM } from '@mikro-orm/postgresql';
import assert from 'node:assert/strict';
import { connectionOptions } from '../../run/connect/connection-options.ts';
import { openPlainConnection } from '../../run/connect/plain-connection.ts';
import { compareSchema } from '../../inspect/drift/compare-schema.ts';
import { readSchema } from '../../inspect/drift/read-schema.ts';
import { replayMigrations } from '../../inspect/drift/replay-migrations.ts';
import { loadMigrations } from '../../run/state/load-migrations.ts';
import { renderSql } from '../../run/execute/render-sql.ts';
import type { Schema, SchemaObject } from '../../inspect/drift/read-schema.ts';
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
  const before = predecessors(all, originals);
  const wanted = await build(makeDatabase, [...before, ...originals], (url) => readState(url));
  const start = await build(makeDatabase, before, (url) => readState(url));
  return build(makeDatabase, [...before, squash], async (url) => {
    const forth = differences(wanted, await readState(url));
    if (forth.length > 0 || squash.irreversible !== undefined) return forth;
    await runDown(url, squash);
    const back = differences(start, await readState(url));
    return back.map((difference) => `taken back, ${difference}`);
  });
}

/** What a new database has run when the first original's turn comes. */
function predecessors(
  all: readonly LoadedMigration[],
  originals: readonly LoadedMigration[],
): LoadedMigration[] {
  const replaced = new Set(all.flatMap(({ replaces }) => replaces));
  const first = originals[0]?.name ?? '';
  return all.filter(({ name }) => name < first && !replaced.has(name));
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
  /** How columns are stored, how tables are, and how many rows each has. */
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

async function readState(databaseUrl: string): Promise<State> {
  const schema = (await readSchema(databaseUrl)).map(withPlainDefault);
  const connection = openPlainConnection(databaseUrl, 'squash');
  try {
    const rows = await connection.query(FACTS_SQL);
    // A squash that makes tables as they are in the end asks for no backfill on the way.
    const facts = rows
      .map(({ fact }) => String(fact))
      .filter((fact) => !fact.startsWith('backfill_jobs has'));
    return { schema, facts };
  } finally {
    await connection.close();
  }
}

/** `'0'::numeric` and `0` are one default, as two people spelt it. */
function withPlainDefault(object: SchemaObject): SchemaObject {
  const { default: value } = object.facts;
  if (object.kind !== 'column' || value === undefined) return object;
  const plain = value.replace(/^'(-?\d+(?:\.\d+)?)'::(?:numeric|bigint|integer|smallint)$/, '$1');
  return { ...object, facts: { ...object.facts, default: plain } };
}

function differences(wanted: State, found: State): string[] {
  const [should, is] = [new Set(wanted.facts), new Set(found.facts)];
  return [
    ...compareSchema(wanted.schema, found.schema).map(({ sentence }) => sentence),
    ...[...should.difference(is)].map((fact) => `with the originals ${fact}`),
    ...[...is.difference(should)].map((fact) => `with the squash ${fact}`),
  ];
}

async function runDown(databaseUrl: string, squash: LoadedMigration): Promise<void> {
  const orm = new MikroORM({
    ...connectionOptions({ databaseUrl, purpose: 'squash', poolSize: 1, idleTimeoutMs: 0, settings: {} }),
    entities: [],
    discovery: { warnWhenNoEntities: false },
  });
  try {
    const statements = await renderSql(squash, 'down', { driver: orm.driver, config: orm.config });
    for (const statement of statements ?? []) await orm.driver.execute(statement);
  } finally {
    await orm.close(true);
  }
}
