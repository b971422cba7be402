import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateCommand } from '../../../src/migrator/commands/migrate.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { tryOnCopy } from '../../../src/migrator/review/trace/try-plan.ts';
import { runOperatorCommand } from '../commands/run-operator-command.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const [ONE, TWO, THREE] = ['one', 'two', 'three'].map(
  (word, index) => `Migration2026010100000${index}_${word}`,
) as [string, string, string];

let served: TestDatabase;
let copy: TestDatabase;
let folder: MigrationFolder;

beforeEach(async () => {
  [served, copy] = await Promise.all([createEmptyDatabase(), createEmptyDatabase()]);
  folder = await makeMigrationFolder({
    [ONE]: migrationSource({
      up: ['create index concurrently i on orders (note)'],
      down: ['drop index i'],
      statics: ['static override readonly transactional = false;'],
    }),
    [TWO]: migrationSource({
      up: ['alter table orders alter id type bigint', 'alter table nothing add a int'],
      down: ['select 1'],
    }),
    [THREE]: migrationSource({ up: ['select 3'], down: ['select 3'] }),
  });
  await onCopy('create table orders (id int, note text)');
});

afterEach(async () => {
  await Promise.all([served.drop(), copy.drop(), folder[Symbol.asyncDispose]()]);
});

async function onCopy<Row extends object>(sql: string): Promise<Row[]> {
  const connection = openPlainConnection(copy.url);
  try {
    return await connection.query<Row>(sql);
  } finally {
    await connection.close();
  }
}

const request = () => ({
  copyUrl: copy.url,
  servedUrl: served.url,
  folder: folder.path,
  direction: 'up' as const,
  names: [ONE, TWO, THREE],
});

describe('a trial', () => {
  it('is refused on the database that is served, by whatever user and name of the machine', async () => {
    const servedUrl = copy.url.replace(/\/\/[^@]*@/, '//someone:else@').replace('127.0.0.1', 'localhost');

    await expect(tryOnCopy({ ...request(), servedUrl })).rejects.toThrow(
      /the one that is served.*Nothing was run/,
    );
  });

  it('runs them one after another on the copy, up to the first that fails', async () => {
    const traces = await tryOnCopy(request());

    expect(traces).toMatchObject([
      { name: ONE, transactional: false, statements: [{}] },
      {
        name: TWO,
        statements: [{ rewrites: ['orders'], locks: [{ table: 'orders', mode: 'AccessExclusiveLock' }] }],
        failure: { sql: 'alter table nothing add a int', sqlState: '42P01' },
      },
    ]);
    expect(await onCopy(`select indexname from pg_indexes where tablename = 'orders'`)).toEqual([
      { indexname: 'i' },
    ]);
    expect(await onCopy(`select data_type from information_schema.columns where column_name = 'id'`)).toEqual(
      [{ data_type: 'integer' }],
    );
  });

  it('measures what a migration asks while it runs, and counts the rows that change', async () => {
    await onCopy('insert into orders select i from generate_series(1, 200) as s (i)');
    const asks = migrationSource({ up: [] }).replace(
      'override up(): void {',
      `override async up(): Promise<void> {\n    await this.execute('lock table orders');\n    this.addSql('update orders set id = 0 where id <= 150');`,
    );
    await folder.write(ONE, asks);

    const traces = await tryOnCopy({ ...request(), names: [ONE] });

    expect(traces).toMatchObject([
      {
        name: ONE,
        statements: [{ locks: [{ mode: 'AccessExclusiveLock' }] }, { rows: 150, scans: ['orders'] }],
      },
    ]);
  });

  it('runs the way back', async () => {
    await onCopy('create index i on orders (note)');

    const traces = await tryOnCopy({ ...request(), direction: 'down', names: [ONE] });

    expect(traces).toMatchObject([{ name: ONE, statements: [{ sql: 'drop index i' }] }]);
  });
});

describe('db migrate --try', () => {
  const run = (...argv: readonly string[]) =>
    runOperatorCommand(migrateCommand, argv, { databaseUrl: served.url, folder: folder.path });

  it('runs what is pending on a scratch database, and touches nothing here', async () => {
    await folder.remove(TWO);
    await folder.remove(THREE);
    await folder.write(ONE, migrationSource({ up: ['create table orders (id int)'], down: [] }));
    await folder.writeManifest();
    expect((await run()).code).toBe(0);
    const before = await tablesOf(served);
    await folder.write(TWO, migrationSource({ up: ['alter table orders alter id type bigint'], down: [] }));
    await folder.writeManifest();

    const { code, stdout } = await run('--try');

    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^ +1 +Migration.*_two \(expand\)\n +alter table orders alter id type bigint\n +orders: reads and writes wait.*all rows are rewritten\n +[\d.]+ ms\.\n$/,
    );
    expect(await tablesOf(served)).toEqual(before);
  });

  it('is refused in production', async () => {
    const scene = { databaseUrl: served.url, folder: folder.path, environment: { NODE_ENV: 'production' } };

    expect(await runOperatorCommand(migrateCommand, ['--try'], scene)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Nothing was run.*not for production.*"manage db migrate --plan"/),
    });
  });

  it('ends with the exit code of a migration that failed, and names it', async () => {
    await folder.write(ONE, migrationSource({ up: ['alter table nothing add a int'], down: [] }));
    await folder.writeManifest();

    const { code, stderr } = await run('--try');

    expect({ code, stderr }).toEqual({
      code: 13,
      stderr: expect.stringMatching(/_one fails with SQLSTATE 42P01: .*"nothing".*was not touched/),
    });
  });

  it('runs it on a copy, which it changes', async () => {
    const { code, stderr } = await run('--try', '--copy', copy.url);

    expect({ code, stderr }).toEqual({ code: 13, stderr: expect.stringContaining(`${TWO} fails`) });
    expect(await onCopy(`select 1 as found from pg_class where relname = 'i'`)).toEqual([{ found: 1 }]);
    expect(await tablesOf(served)).toEqual([]);
  });

  it('refuses this database as the copy', async () => {
    const { code, stderr } = await run('--try', '--copy', served.url);

    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('this is the one that is served'),
    });
  });

  it('tries the way back only on a copy', async () => {
    await folder.write(
      ONE,
      migrationSource({ up: ['create table orders (id int)'], down: ['drop table orders'] }),
    );
    await folder.remove(TWO);
    await folder.remove(THREE);
    await folder.writeManifest();
    expect((await run()).code).toBe(0);

    expect(await run('--try', 'zero')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--copy URL'),
    });
    expect(await run('--try')).toMatchObject({ code: 0, stdout: 'Nothing is pending.\n' });
  });
});

async function tablesOf({ url }: TestDatabase): Promise<unknown[]> {
  const connection = openPlainConnection(url);
  try {
    return await connection.query(
      `select relname, relfilenode from pg_class where relnamespace = 'public'::regnamespace order by 1`,
    );
  } finally {
    await connection.close();
  }
}
