/** Indexes made while others write: never left invalid, never taken for done when they are not. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { collectLog, openQuietMigrator } from '../../support/migrator.ts';
import { until } from '../../support/until.ts';
import type { Migrator } from '../../../src/migrator/run/migrator.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const ALONE = ['static override readonly transactional = false;'];

const { database, connection } = useEmptyDatabase();
const folders: MigrationFolder[] = [];

beforeEach(async () => {
  await connection.query('create table quotes as select n as price from generate_series(1, 100) n');
});

afterEach(async () => {
  for (const folder of folders.splice(0)) await folder[Symbol.asyncDispose]();
});

async function folderOf(...up: string[]): Promise<string> {
  const folder = await makeMigrationFolder({
    M1_start: migrationSource({ up: ['create table start (id int)'] }),
    M2_index: migrationSource({
      up,
      down: ['drop index concurrently if exists quotes_price'],
      statics: ALONE,
    }),
  });
  folders.push(folder);
  return folder.path;
}

const indexes = () =>
  connection.query(
    `select indexrelid::regclass::text as name, indisvalid as valid, indisunique as is_unique
       from pg_index where indrelid = 'quotes'::regclass order by 1`,
  );
const recorded = async () =>
  (await connection.query('select name from mikro_orm_migrations order by id')).map(({ name }) => name);

/** Leaves an invalid index behind, as a build does that fails in its middle. */
async function leaveInvalidIndex(): Promise<void> {
  await connection.query('insert into quotes values (1)');
  await expect(
    connection.query('create unique index concurrently quotes_price on quotes (price)'),
  ).rejects.toThrow(/could not create unique index/);
  await connection.query('delete from quotes where ctid in (select max(ctid) from quotes where price = 1)');
  expect(await indexes()).toEqual([{ name: 'quotes_price', valid: false, is_unique: true }]);
}

describe('an index made concurrently', () => {
  it.each([
    'create index concurrently quotes_price on quotes (price)',
    'create index concurrently if not exists "quotes_price" on "public"."quotes" ("price");',
    'CREATE INDEX CONCURRENTLY Quotes_Price\n  ON ONLY public.quotes USING btree (price desc)',
  ])('drops an invalid namesake first: %s', async (statement) => {
    await leaveInvalidIndex();
    const log = collectLog();
    await using opened = openQuietMigrator(database.url, await folderOf(statement), { log });

    await opened.migrator.up();

    expect(await indexes()).toEqual([{ name: 'quotes_price', valid: true, is_unique: false }]);
    expect(await recorded()).toEqual(['M1_start', 'M2_index']);
    expect(log.lines.map(({ message }) => message)).toContain(
      'an invalid index of this name is dropped and built again',
    );
  });

  it('that cannot be built leaves nothing behind, and no row', async () => {
    await connection.query('insert into quotes values (1)');
    const path = await folderOf('create unique index concurrently quotes_price on quotes (price)');
    await using opened = openQuietMigrator(database.url, path);

    await expect(opened.migrator.up()).rejects.toThrow(
      /M2_index\.ts failed to go up at "create unique index.*23505.*It ran outside of a transaction/s,
    );

    expect(await indexes()).toEqual([]);
    expect(await recorded()).toEqual(['M1_start']);
  });

  it('waits for writers longer than a lock time-out, because it blocks no one', async () => {
    const writer = openPlainConnection(database.url, 'a slow writer');
    await writer.query('begin');
    await writer.query('update quotes set price = price');
    const blockers: (string | undefined)[] = [];
    const path = await folderOf('create index concurrently quotes_price on quotes (price)');
    await using opened = openQuietMigrator(database.url, path, {
      lockTimeoutMs: 50,
      onProgress: ({ blockedBy }) => blockers.push(blockedBy),
    });

    const migrating = opened.migrator.up();
    await until('the writer is seen in its way', () =>
      blockers.some((each) => each?.includes('a slow writer')),
    );
    await writer.query('commit');
    await writer.close();
    await migrating;

    expect(await indexes()).toEqual([{ name: 'quotes_price', valid: true, is_unique: false }]);
    const [setting] = await opened.orm.driver.execute<object[]>('show lock_timeout');
    expect(setting).toEqual({ lock_timeout: '50ms' });
  });

  it('says for which session it waits, gives up after the limit, names the blocker, and leaves no index behind', async () => {
    const reader = openPlainConnection(database.url, 'a report without an end');
    await reader.query('begin isolation level repeatable read');
    await reader.query('select 1 as snapshot from pg_class limit 1');
    const log = collectLog();
    const path = await folderOf('create index concurrently quotes_price on quotes (price)');
    await using opened = openQuietMigrator(database.url, path, { log, statementLimitMs: 3_000 });

    await expect(opened.migrator.up()).rejects.toThrow(
      /M2_index\.ts failed.*longer than the 3 s that a statement may take \(MIGRATION_STATEMENT_LIMIT_MINUTES\).*It was blocked by a report without an end/s,
    );

    expect(log.lines).toContainEqual({
      level: 'info',
      fields: {
        migration: 'M2_index',
        blockedBy: expect.stringContaining('a report without an end'),
        step: 'waiting for old snapshots',
      },
      message: 'the migration waits for others',
    });
    expect(await indexes()).toEqual([]);
    await reader.query('rollback');
    await reader.close();
    await opened.migrator.up();
    expect(await indexes()).toEqual([{ name: 'quotes_price', valid: true, is_unique: false }]);
  });

  it('that was built by a process killed before it said so is only recorded', async () => {
    const path = await folderOf('create index concurrently if not exists quotes_price on quotes (price)');
    await using opened = openQuietMigrator(database.url, path);
    await opened.migrator.up('M1_start');
    await connection.query('create index quotes_price on quotes (price)');

    await opened.migrator.up();

    expect(await indexes()).toEqual([{ name: 'quotes_price', valid: true, is_unique: false }]);
    expect(await recorded()).toEqual(['M1_start', 'M2_index']);
  });

  it('that another migration made is not taken for this one', async () => {
    await connection.query('create index quotes_price on quotes (price)');
    const path = await folderOf('create index concurrently quotes_price on quotes (price desc)');
    await using opened = openQuietMigrator(database.url, path);

    await expect(opened.migrator.up()).rejects.toThrow(/42P07.*already exists/s);
    await expect(opened.migrator.up(), 'nor the second time').rejects.toThrow(/42P07.*already exists/s);

    expect(await recorded()).toEqual(['M1_start']);
  });

  it('whose name something else has is not taken for done by "if not exists"', async () => {
    await connection.query('create table quotes_price (id int)');
    const path = await folderOf('create index concurrently if not exists quotes_price on quotes (price)');
    await using opened = openQuietMigrator(database.url, path);

    await expect(opened.migrator.up()).rejects.toThrow(/something else has its name/);

    expect(await recorded()).toEqual(['M1_start']);
  });
});

describe('an index that was built and could not be recorded', () => {
  const BUILD = 'create index concurrently if not exists quotes_price on quotes (price)';
  const log = collectLog();

  it('because the migrator was stopped is only recorded by the next run', async () => {
    const path = await folderOf(BUILD);
    const stop = new AbortController();
    await using opened = openQuietMigrator(database.url, path, { signal: stop.signal });
    await opened.migrator.up('M1_start');
    await connection.query(
      `create function wait() returns trigger language plpgsql as 'begin perform pg_sleep(600); return new; end'`,
    );
    await connection.query(
      'create trigger wait before insert on mikro_orm_migrations for each row execute function wait()',
    );

    const migrating = opened.migrator.up();
    await until('it records', async () => {
      const rows = await connection.query(
        `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
      );
      return rows.length > 0;
    });
    stop.abort(new Error('SIGTERM'));
    await expect(migrating).rejects.toThrow('SIGTERM');
    await connection.query('drop trigger wait on mikro_orm_migrations');

    await using next = openQuietMigrator(database.url, path);
    expect((await next.migrator.up()).map(({ name }) => name)).toEqual(['M2_index']);
    expect(await indexes()).toEqual([{ name: 'quotes_price', valid: true, is_unique: false }]);
  });

  it('because the table of migrations was in use is only recorded by the next try', async () => {
    await using opened = openQuietMigrator(database.url, await folderOf(BUILD), {
      log,
      lockTimeoutMs: 100,
      retry: { tries: 100, budgetMs: 30_000, firstDelayMs: 10, longestDelayMs: 20 },
    });
    const holder = await holdRecords(opened.migrator);

    const migrating = opened.migrator.up();
    await until('it gave way', gaveWay);
    await holder.close();

    expect((await migrating).map(({ name }) => name)).toEqual(['M2_index']);
    expect(await indexes()).toEqual([{ name: 'quotes_price', valid: true, is_unique: false }]);
  });

  it('is not tried again when the migration lock was lost in between', async () => {
    await using opened = openQuietMigrator(database.url, await folderOf(BUILD), {
      log,
      lockTimeoutMs: 100,
      retry: { tries: 100, budgetMs: 30_000, firstDelayMs: 2_000, longestDelayMs: 2_000 },
    });
    const holder = await holdRecords(opened.migrator);

    const migrating = opened.migrator.up();
    await until('it gave way', gaveWay);
    // It may end while the holder is closed, before anything awaits it.
    migrating.catch(() => undefined);
    await connection.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'migrator %' and datname = current_database()`,
    );
    await holder.close();

    await expect(migrating).rejects.toThrow(/held the migration lock was lost/);
    expect(await recorded()).toEqual(['M1_start']);
  });

  /** Lets others read what is applied, and blocks writes. */
  async function holdRecords(migrator: Migrator): Promise<PlainConnection> {
    await migrator.up('M1_start');
    const holder = openPlainConnection(database.url);
    await holder.query('begin');
    await holder.query('lock table mikro_orm_migrations in share mode');
    return holder;
  }

  beforeEach(() => void log.lines.splice(0));

  const gaveWay = (): boolean => log.lines.some(({ message }) => message.includes('it is tried again'));
});

describe('an index dropped concurrently', () => {
  it('is gone, and a process killed before it said so is carried on', async () => {
    const path = await folderOf('create index concurrently quotes_price on quotes (price)');
    await using opened = openQuietMigrator(database.url, path);
    await opened.migrator.up();

    await opened.migrator.down();
    expect(await indexes()).toEqual([]);
    expect(await recorded()).toEqual(['M1_start']);

    await opened.migrator.up();
    await connection.query('drop index quotes_price');
    await opened.migrator.down();
    expect(await recorded()).toEqual(['M1_start']);
  });
});

describe('a migration outside of a transaction', () => {
  it('must be one statement, so that nothing of it can stay undone', async () => {
    const path = await folderOf('create index concurrently quotes_price on quotes (price)', 'select 1');
    await using opened = openQuietMigrator(database.url, path);

    await expect(opened.migrator.up()).rejects.toThrow(/exactly one statement.* here there are 2/s);

    expect(await indexes()).toEqual([]);
  });
});
