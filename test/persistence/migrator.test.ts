/** What the migrator must withstand: many at once, being killed, wrong names, migrations that fail. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assert } from '../../src/shared/assert.ts';
import { AppError } from '../../src/shared/app-error.ts';
import { openPlainConnection } from '../../src/persistence/plain-connection.ts';
import type { PlainConnection } from '../../src/persistence/plain-connection.ts';
import { migrateDatabase } from '../../src/persistence/migrator/migrate-database.ts';
import { Migrator } from '../../src/persistence/migrator/migrator.ts';
import type { MigrationProgress } from '../../src/persistence/migrator/migrate-database.ts';
import { createEmptyDatabase, createTestDatabase, inDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { openMigrator } from '../support/migrator.ts';
import { run } from '../support/processes.ts';
import { quiet } from '../support/quiet-log.ts';

const fixture = (name: string) => join(import.meta.dirname, '../fixtures', name);

let database: TestDatabase;
let connection: PlainConnection;

beforeEach(async () => {
  database = await createEmptyDatabase();
  connection = openPlainConnection(database.url);
});

afterEach(async () => {
  await connection.close();
  await database.drop();
});

/** Waits for something that another process does; a test that waits for ever is ended by the runner. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(50);
}

describe('many processes that migrate one empty database at once', () => {
  it('apply each migration once, and all succeed', async () => {
    const processes = Array.from({ length: 8 }, () => run('migrate-process.ts', database.url));

    const ended = await Promise.all(processes.map((each) => each.ended));

    expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      ended.map(() => ({ code: 0, stderr: '' })),
    );
    const applied = ended.flatMap(({ stdout }) => JSON.parse(stdout) as string[]);
    const recorded = await connection.query('select name from mikro_orm_migrations order by id');
    expect(applied.toSorted()).toEqual(recorded.map(({ name }) => name));
    expect(new Set(applied).size).toBe(applied.length);
  });

  it('change data once', async () => {
    await connection.query('create table prices as select 1::int as price');
    await connection.query('create table patience as select 0.2::float as seconds');
    const folder = fixture('migrations-slow');
    const processes = Array.from({ length: 4 }, () => run('migrate-process.ts', database.url, folder));

    const ended = await Promise.all(processes.map((each) => each.ended));

    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(await connection.query('select price from prices')).toEqual([{ price: 101 }]);
  });
});

describe('a process that is killed while it migrates', () => {
  it('loses its open migration only, and the next one finishes soon after', async () => {
    await connection.query('create table prices as select 1::int as price');
    await connection.query('create table patience as select 600::float as seconds');
    const folder = fixture('migrations-slow');
    const first = run('migrate-process.ts', database.url, folder);
    await until(async () => {
      const sleeping = await connection.query(
        `select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
      );
      return sleeping.length > 0;
    });

    first.child.kill('SIGKILL');
    await first.ended;
    await connection.query('update patience set seconds = 0');
    const killedAt = performance.now();
    const second = await run('migrate-process.ts', database.url, folder).ended;

    // The killed one's statement would have run for ten minutes, with its locks.
    expect(performance.now() - killedAt).toBeLessThan(15_000);
    expect(second).toMatchObject({ code: 0, stdout: '["20260101000002-take-long"]' });
    expect(await connection.query('select price from prices')).toEqual([{ price: 101 }]);
  });
});

describe('the migrator', () => {
  const wrongTargets = [
    { method: 'up', to: 'trading_inital' },
    { method: 'down', to: 'Migration20990101000000_nothing' },
  ] as const;
  it.each(wrongTargets)('refuses to go $method to $to, and changes nothing', async ({ method, to }) => {
    const migrated = await createTestDatabase();
    const orm = await openMigrator(migrated.url);
    try {
      const before = await orm.migrator.getExecuted();

      await expect(orm.migrator[method]({ to })).rejects.toThrow(`no migration "${to}"`);

      expect(await orm.migrator.getExecuted()).toEqual(before);
    } finally {
      await orm.close(true);
      await migrated.drop();
    }
  });

  it('names the file, the SQLSTATE and what stays when a migration fails', async () => {
    await using orm = await openMigrator(database.url, fixture('migrations-broken'));

    const failure: unknown = await orm.migrator.up().catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(AppError);
    expect(failure).toMatchObject({
      type: 'migration-failed',
      message: expect.stringMatching(
        /20260101000002-bad\.ts failed .*42P01.*20260101000001-good went well and stays/s,
      ),
      facts: { migration: '20260101000002-bad', sqlState: '42P01' },
    });
    const applied = await connection.query('select name from mikro_orm_migrations');
    expect(applied).toEqual([{ name: '20260101000001-good' }]);
    expect(await connection.query(`select to_regclass('half') as half`)).toEqual([{ half: null }]);
  });

  it('refuses a folder without migrations, because an empty installation is not an up-to-date database', async () => {
    await using orm = await openMigrator(database.url, fixture('migrations-none'));

    await expect(orm.migrator.up()).rejects.toThrow(/not one migration/);
  });

  it('creates no database whose name was misspelt', async () => {
    const misspelt = inDatabase('no_such_database');

    await expect(migrateDatabase({ databaseUrl: misspelt, log: quiet })).rejects.toThrow(/does not exist/);

    expect(await connection.query(`select from pg_database where datname = 'no_such_database'`)).toEqual([]);
  });

  it('writes nothing when it is only asked', async () => {
    await using orm = await openMigrator(database.url);

    expect(await orm.migrator.getExecuted()).toEqual([]);
    expect(await orm.migrator.getPending()).not.toEqual([]);

    expect(await connection.query(`select to_regclass('mikro_orm_migrations') as found`)).toEqual([
      { found: null },
    ]);
  });

  it('lets no migration be recorded twice', async () => {
    await migrateDatabase({ databaseUrl: database.url, log: quiet });

    const again = connection.query(
      'insert into mikro_orm_migrations (name) select name from mikro_orm_migrations',
    );

    await expect(again).rejects.toThrow(/mikro_orm_migrations_name_unique/);
  });

  it('records only migrations that exist, and only once', async () => {
    await using orm = await openMigrator(database.url, fixture('migrations-broken'));
    await orm.migrator.logMigration('20260101000001-good');

    await expect(orm.migrator.logMigration('20260101000003-typo')).rejects.toThrow(/no migration/);
    await expect(orm.migrator.logMigration('20260101000001-good')).rejects.toThrow(/applied already/);
    await expect(orm.migrator.unlogMigration('20260101000002-bad')).rejects.toThrow(/no migration/);
    await orm.migrator.unlogMigration('20260101000001-good');

    expect(await orm.migrator.getExecuted()).toEqual([]);
  });

  it('does not merge files that other databases still need', async () => {
    await using orm = await openMigrator(database.url);

    await expect(orm.migrator.rollup()).rejects.toThrow(/not rolled up/);
  });

  it('waits for a table that is in use, without giving up at the first time-out', async () => {
    await connection.query('create table prices as select 1::int as price');
    await connection.query('create table patience as select 0::float as seconds');
    const reader = openPlainConnection(database.url);
    await reader.query('begin');
    await reader.query('lock table prices in access exclusive mode');
    await using orm = await openMigrator(database.url, fixture('migrations-slow'));
    const { migrator } = orm;
    assert(migrator instanceof Migrator, 'the migrator is ours');
    const said: string[] = [];
    migrator.configureLock({ log: (message) => said.push(message) });

    const migrating = migrator.up();
    await until(async () => {
      const waiting = await connection.query(`select from pg_stat_activity where wait_event_type = 'Lock'`);
      return waiting.length > 0;
    });
    await until(async () => {
      const waiting = await connection.query(`select from pg_stat_activity where wait_event_type = 'Lock'`);
      return waiting.length === 0;
    });
    await reader.query('rollback');
    await reader.close();

    expect(await migrating).toHaveLength(2);
    expect(said).toEqual([expect.stringMatching(/raise-prices waited too long/)]);
  });
});

describe('migrating at the start of a server', () => {
  it('tells which migration of how many it is at, and does nothing the second time', async () => {
    const progress: MigrationProgress[] = [];
    const onProgress = (each: MigrationProgress) => progress.push(each);

    const first = await migrateDatabase({ databaseUrl: database.url, log: quiet, onProgress });
    const second = await migrateDatabase({ databaseUrl: database.url, log: quiet, onProgress });

    const total = first.applied.length;
    expect(progress).toEqual(
      first.applied.map((migration, index) => ({ migration, index: index + 1, total })),
    );
    expect(first.alreadyApplied).toBe(0);
    expect(second).toEqual({ applied: [], alreadyApplied: total });
  });

  it('gives up waiting for another process when it is told to stop', async () => {
    const holder = openPlainConnection(database.url);
    await holder.query(`select pg_advisory_lock(x'41466d67'::int, 1)`);
    const stop = new AbortController();

    const migrating = migrateDatabase({ databaseUrl: database.url, log: quiet, signal: stop.signal });
    stop.abort();

    await expect(migrating).rejects.toThrow(/aborted/);
    expect(await connection.query(`select to_regclass('mikro_orm_migrations') as found`)).toEqual([
      { found: null },
    ]);
    await holder.close();
  });
});
