/** The migrations as they lie in the folder: they make what the records say, and go both ways with data in the tables. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { project } from '../../src/server/schema.ts';
import type { PlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { loadMigrations } from '../../src/migrator/run/state/load-migrations.ts';
import { Migrator } from '../../src/migrator/run/migrator.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { openMigrator } from '../support/migrator.ts';
import { fillEmptyTables } from '../support/sample-rows.ts';

type OpenedMigrator = Awaited<ReturnType<typeof openMigrator>>;

describe('the migrations and the records', () => {
  let database: TestDatabase;
  let orm: OpenedMigrator;
  let connection: PlainConnection;

  beforeAll(async () => {
    database = await createTestDatabase();
    orm = await openMigrator(database.url);
    connection = openPlainConnection(database.url);
  });

  afterAll(async () => {
    await orm.close(true);
    await connection.close();
    await database.drop();
  });

  it('are run by our migrator and not by MikroORM’s own', () => {
    expect(orm.migrator.constructor).toBe(Migrator);
  });

  it('agree with the snapshot', async () => {
    expect(await orm.migrator.checkSchema()).toBe(false);
  });

  it('make the very schema that the records describe', async () => {
    expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
  });

  it('begin with the four agreed ones, in order', async () => {
    const files = (await readdir(project.folder)).filter((file) => file.endsWith('.ts')).sort();

    const names = files.map((file) => file.replace(/^Migration\d{14}_(.*)\.ts$/, '$1'));
    expect(names.slice(0, 4)).toEqual(['accounts_initial', 'trading_initial', 'event_logging', 'backtests']);
  });

  it('leave compressed price chunks as they are', async () => {
    const [row] = await connection.query(
      `select attstorage::text as storage from pg_attribute where attrelid = 'price_chunks'::regclass and attname = 'data'`,
    );

    expect(row).toEqual({ storage: 'e' });
  });

  it('give every foreign key an index that begins with its columns', async () => {
    const unindexed = await connection.query(`
      select conrelid::regclass::text as "table", conname from pg_constraint f
       where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
         select from pg_index i where i.indrelid = f.conrelid and i.indpred is null
           and (i.indkey::int2[])[0:cardinality(f.conkey) - 1] = f.conkey)`);

    expect(unindexed).toEqual([]);
  });

  it('state for every relation what happens when its parent goes', () => {
    const relations = [...orm.getMetadata().getAll().values()].flatMap((meta) =>
      meta.relations.map(({ name, deleteRule }) => ({ relation: `${meta.tableName}.${name}`, deleteRule })),
    );

    expect(relations.length).toBeGreaterThan(20);
    expect(relations.filter(({ deleteRule }) => deleteRule === undefined)).toEqual([]);
  });
});

describe('each migration', () => {
  let database: TestDatabase;
  let orm: OpenedMigrator;
  let connection: PlainConnection;

  beforeAll(async () => {
    database = await createEmptyDatabase();
    orm = await openMigrator(database.url);
    connection = openPlainConnection(database.url);
  });

  afterAll(async () => {
    await orm.close(true);
    await connection.close();
    await database.drop();
  });

  const tables = async () => {
    const rows = await connection.query(`select relname as name from pg_class
      where relkind = 'r' and relnamespace = 'public'::regnamespace and relname not in ('mikro_orm_migrations', 'migration_attempts') order by relname`);
    return rows.map(({ name }) => String(name));
  };

  const countRows = async () => {
    // Migrations ask for backfills in there.
    const counted = (await tables()).filter((name) => name !== 'backfill_jobs');
    const counts = counted.map((name) => `select '${name}' as name, count(*) as rows from ${name}`);
    const rows = counts.length === 0 ? [] : await connection.query(counts.join(' union all '));
    return new Map(rows.map(({ name, rows: count }) => [String(name), count]));
  };

  /** What a server would have done before a contract. Nothing but the jobs: the contract itself does the rows that are left. */
  const endBackfills = async () => {
    if (!(await tables()).includes('backfill_jobs')) return;
    await connection.query(
      `update backfill_jobs set state = 'done', completed_at = now() where state <> 'done'`,
    );
  };

  const irreversible = async () =>
    new Set(
      (await loadMigrations(project.folder))
        .filter((migration) => migration.irreversible !== undefined)
        .map(({ name }) => name),
    );

  it('goes up, down and up again with a row in every table, and touches no row of the others', async () => {
    const names = (await orm.migrator.getPending()).map(({ name }) => name);
    expect(names.length).toBeGreaterThanOrEqual(4);

    const oneWay = await irreversible();
    for (const name of names) {
      const before = await countRows();
      await endBackfills();
      await orm.migrator.up(name);
      await fillEmptyTables(connection);
      const filled = await countRows();
      expect([...filled.values()], `${name}: a row in every table`).toEqual([...filled].map(() => 1));
      if (oneWay.has(name)) continue;

      await orm.migrator.down();
      // A table that it dropped comes back without its rows.
      const back = new Map([...before].map(([table, rows]) => [table, filled.has(table) ? rows : 0]));
      expect(await countRows(), `${name} taken back`).toEqual(back);

      await orm.migrator.up(name);
      await fillEmptyTables(connection);
      expect(await countRows(), `${name} applied again`).toEqual(filled);
    }

    expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
  });

  it('that knows parts of units is not taken back while a row has some', async () => {
    await connection.query('update trades set units_precision = 1');

    const goingBack = orm.migrator.down({ to: 'Migration20261129051520_account_connections' });

    await expect(goingBack).rejects.toThrow(/trades_whole_units_only/);
    await connection.query('update trades set units_precision = 0');
  });

  it('is taken back by going to zero, from a database full of rows', async () => {
    const goingBack = orm.migrator.down({ to: 0 });

    if ((await irreversible()).size > 0) return expect(goingBack).rejects.toThrow(/irreversible/);
    await goingBack;
    expect(await tables()).toEqual([]);
  });
});
