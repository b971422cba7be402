/**
 * What of MikroORM the guards are built on, most of it not in its documentation. When an update of MikroORM makes one of these
 * fail, the guard that leans on it has to be looked at before anything else.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Migration as StockMigration,
  MigrationStorage,
  Migrator as StockMigrator,
} from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Options } from '@mikro-orm/postgresql';
import { Migrator, migratorExtension } from '../../../src/migrator/run/migrator.ts';
import { migratorOptions } from '../../../src/migrator/run/migrator-options.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { openQuietMigrator } from '../../support/migrator.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

describe('MikroORM', () => {
  const overridden = [
    'createStorage',
    'discoverMigrations',
    'getPending',
    'init',
    'initPaths',
    'logMigration',
    'resolve',
    'resolvePaths',
    'rollup',
    'runMigrations',
    'unlogMigration',
  ];
  it.each(overridden)('has the method %s, which the guards override or call', (method) => {
    expect(StockMigrator.prototype).toHaveProperty(method, expect.any(Function));
  });

  it.each([
    'ensureTable',
    'executed',
    'getExecutedMigrations',
    'getMigrationName',
    'getTableName',
    'logMigration',
    'unlogMigration',
  ])('has the method %s of the table of migrations', (method) => {
    expect(MigrationStorage.prototype).toHaveProperty(method, expect.any(Function));
  });

  it.each(['addSql', 'execute', 'getQueries', 'setTransactionContext', 'down'])(
    'has the method %s of a migration',
    (method) => {
      expect(StockMigration.prototype).toHaveProperty(method, expect.any(Function));
    },
  );
});

describe('MikroORM with a database', () => {
  const { database, connection } = useEmptyDatabase();
  let folder: MigrationFolder;

  beforeEach(async () => {
    folder = await makeMigrationFolder({
      M1_enum: migrationSource({ up: [`create type mood as enum ('calm')`] }),
      M2_value: migrationSource({ up: [`alter type mood add value 'wild'`] }),
      M3_use: migrationSource({ up: [`create table moods as select 'wild'::mood as mood`] }),
      M4_fail: migrationSource({ up: ['create table half (id int)', 'select 1 / 0'] }),
    });
  });

  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });

  /** Our options without our migrator. */
  function stockOptions(): Options {
    const options = migratorOptions(database.url, { folder: folder.path });
    return {
      ...options,
      extensions: [StockMigrator],
      entities: [],
      discovery: { warnWhenNoEntities: false },
      migrations: {
        ...options.migrations,
        snapshot: false,
        silent: true,
      },
    };
  }

  it('takes a migrator of another name for none, and loads its own over it', async () => {
    const guarded = { ...migratorExtension('1.0.0'), name: 'Guarded' };
    const options = {
      ...stockOptions(),
      migrations: migratorOptions(database.url, { folder: folder.path }).migrations,
    };

    const other = await MikroORM.init({ ...options, extensions: [guarded] });
    const ours = await MikroORM.init({ ...options, extensions: [migratorExtension('1.0.0')] });

    expect(other.migrator.constructor).toBe(StockMigrator);
    expect(ours.migrator.constructor).toBe(Migrator);
    await other.close(true);
    await ours.close(true);
  });

  it('takes the number of connections from driverOptions, whatever the command line asks for', async () => {
    const orm = new MikroORM({ ...stockOptions(), pool: { min: 1, max: 2 } });
    const pids = await Promise.all(
      Array.from({ length: 5 }, () =>
        orm.driver.execute<{ pid: number }[]>('select pg_backend_pid() as pid, pg_sleep(0.01)'),
      ),
    );
    await orm.close(true);

    expect(new Set(pids.flat().map(({ pid }) => pid)).size).toBe(1);
  });

  it('makes each migration a transaction of its own without allOrNothing, and its row belongs to it', async () => {
    const orm = new MikroORM(stockOptions());

    await expect(orm.migrator.up()).rejects.toThrow(/division by zero/);
    await orm.close(true);

    expect(await connection.query('select name from mikro_orm_migrations order by id')).toEqual([
      { name: 'M1_enum' },
      { name: 'M2_value' },
      { name: 'M3_use' },
    ]);
    expect(await connection.query(`select to_regclass('half') as half`)).toEqual([{ half: null }]);
  });

  it('has no lock, which is why the guards are there: when this fails, it may have got one', () => {
    const source = String(StockMigrator.prototype['runMigrations' as never]);

    expect(source).not.toMatch(/lock/i);
  });

  it('finds the files although a test runner is in the environment', async () => {
    expect(process.env['VITEST']).toBeDefined();
    await using opened = openQuietMigrator(database.url, folder.path);

    expect(await opened.migrator.getPending()).toHaveLength(4);
  });

  it('leaves the account of tries of earlier versions out when it compares schemas', async () => {
    await using opened = openQuietMigrator(database.url, folder.path);
    await opened.migrator.up('M1_enum');
    await connection.query('create table migration_attempts (id int)');

    const difference = await opened.orm.schema.getUpdateSchemaSQL({ wrap: false });

    expect(difference).not.toMatch(/migration/);
  });
});
