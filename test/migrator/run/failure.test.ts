/** A migration that fails: what is said, what stays, what is remembered. */
import { afterEach, describe, expect, it } from 'vitest';
import { MigratorFailure } from '../../../src/migrator/failure.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource, stepsSource } from '../../support/migration-folder.ts';
import { restoreConstraint, restoreRule } from '../../../src/migrator/author/recipes/restore-rule.ts';
import { collectLog, openQuietMigrator } from '../../support/migrator.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const GOOD = migrationSource({ up: ['create table good (id int)'], down: ['drop table good'] });

const { database, connection } = useEmptyDatabase();
const folders: MigrationFolder[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await folder[Symbol.asyncDispose]();
});

async function makeFolder(sources: Readonly<Record<string, string>>): Promise<MigrationFolder> {
  const folder = await makeMigrationFolder(sources);
  folders.push(folder);
  return folder;
}

describe('a migration that fails', () => {
  it('names file, statement, SQLSTATE, place, hint, what stays and what to do; nothing of it stays', async () => {
    const folder = await makeFolder({
      M1_good: GOOD,
      M2_bad: migrationSource({
        up: [
          'create table half (amount int)',
          'update half\n   set amuont = 1',
          'create table never (id int)',
        ],
      }),
    });
    await using opened = openQuietMigrator(database.url, folder.path);

    const failure: unknown = await opened.migrator.up().catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(MigratorFailure);
    expect(failure).toMatchObject({
      type: 'migration-failed',
      facts: { migration: 'M2_bad', sqlState: '42703', done: ['M1_good'] },
    });
    expect(String(failure)).toBe(
      'MigratorFailure: M2_bad.ts failed to go up at "update half set amuont = 1" with SQLSTATE 42703: ' +
        'column "amuont" of relation "half" does not exist. Its transaction was rolled back. ' +
        'Before it, M1_good succeeded and stays. Fix the cause and run "manage db migrate"; it continues with this migration. ' +
        '"manage db status" shows where it is.',
    );
    expect(await connection.query('select name from mikro_orm_migrations')).toEqual([{ name: 'M1_good' }]);
    expect(await connection.query(`select to_regclass('half') as half`)).toEqual([{ half: null }]);
  });

  it('that queries the database itself is reported with its query', async () => {
    const folder = await makeFolder({
      M1_ask: `import { Migration } from '../../../src/migrator/recipes.ts';
        export class Ask extends Migration {
          static override readonly phase = 'data';
          override async up(): Promise<void> {
            await this.execute('create table asked (id int)');
            await this.execute('select nothing from asked');
          }
        }`,
    });
    await using opened = openQuietMigrator(database.url, folder.path);

    await expect(opened.migrator.up()).rejects.toThrow(/at "select nothing from asked".*column "nothing"/);

    expect(await connection.query(`select to_regclass('asked') as asked`)).toEqual([{ asked: null }]);
  });

  it('reports detail and hint of PostgreSQL once', async () => {
    const raise = `do $$ begin raise 'too few' using detail = 'There are 2.', hint = 'Add one.'; end $$`;
    const folder = await makeFolder({ M1_raise: migrationSource({ up: [raise] }) });
    await using opened = openQuietMigrator(database.url, folder.path);

    await expect(opened.migrator.up()).rejects.toThrow(
      / with SQLSTATE P0001: too few\. detail: There are 2\. hint: Add one\. Its transaction/,
    );
  });

  it('is named by its file and its number where the file holds steps', async () => {
    const folder = await makeFolder({
      M1_note: stepsSource(
        `expand({ up: ['create table notes (id int)'] })`,
        `data({ up: ['insert into absent values (1)'] })`,
      ),
    });
    await using opened = openQuietMigrator(database.url, folder.path);

    await expect(opened.migrator.up()).rejects.toThrow(/^Step 2 of M1_note\.ts failed to go up at /);
  });

  it('on the way back says to continue back', async () => {
    const folder = await makeFolder({
      M1_note: migrationSource({ up: ['create table notes (id int)'], down: ['drop table absent'] }),
    });
    await using opened = openQuietMigrator(database.url, folder.path);
    await opened.migrator.up();

    await expect(opened.migrator.down()).rejects.toThrow(
      /Nothing was changed before it\. Fix the cause and run the same command again; it continues back with this migration/,
    );
  });

  it('in its own code is reported too', async () => {
    const folder = await makeFolder({
      M1_throw: `import { Migration } from '../../../src/migrator/recipes.ts';
        export class Throw extends Migration {
          static override readonly phase = 'data';
          override up(): void {
            throw new Error('no price in the file');
          }
        }`,
    });
    await using opened = openQuietMigrator(database.url, folder.path);

    await expect(opened.migrator.up()).rejects.toThrow(
      /^M1_throw\.ts failed to go up: no price in the file\. /,
    );
  });
});

describe('a migration that succeeds', () => {
  it('is recorded with who, what, when, where and how long, in its own transaction', async () => {
    const folder = await makeFolder({
      M1_good: migrationSource({
        up: ['create table good (id int)', 'select pg_sleep(0.05)'],
        down: ['drop table good'],
      }),
    });
    await using opened = openQuietMigrator(database.url, folder.path);

    await opened.migrator.up();

    const { tracked, manifest } = await opened.migrator.state();
    expect(tracked).toEqual([
      {
        name: 'M1_good',
        checksum: manifest.migrations[0]?.checksum,
        phase: 'expand',
        kind: 'run',
        note: null,
        executedAt: expect.any(Date),
        durationMs: expect.any(Number),
        appliedBy: expect.stringMatching(/^\w+ \(\w+\)$/),
        appVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
        host: expect.stringMatching(/./),
      },
    ]);
    expect(tracked[0]?.durationMs).toBeGreaterThanOrEqual(50);
    const [row] = await connection.query('select backend_pid > 0 as has_pid from mikro_orm_migrations');
    expect(row).toEqual({ has_pid: true });
  });

  it('is reported as applied only when others can see it', async () => {
    const folder = await makeFolder({ M1_good: GOOD });
    await using opened = openQuietMigrator(database.url, folder.path);
    const seen: unknown[] = [];
    const look = async (event: string) =>
      seen.push([event, await connection.query(`select to_regclass('good')::text as good`)]);
    opened.migrator.on('migrating', () => look('migrating') as Promise<never>);
    opened.migrator.on('migrated', () => look('migrated') as Promise<never>);
    opened.migrator.on('reverting', () => look('reverting') as Promise<never>);
    opened.migrator.on('reverted', () => look('reverted') as Promise<never>);

    await opened.migrator.up();
    await opened.migrator.down();

    expect(seen).toEqual([
      ['migrating', [{ good: null }]],
      ['migrated', [{ good: 'good' }]],
      ['reverting', [{ good: 'good' }]],
      ['reverted', [{ good: null }]],
    ]);
  });

  it('is recorded although it changed where names are looked up, and how long to wait for locks', async () => {
    const folder = await makeFolder({
      M1_path: migrationSource({
        up: ['create schema other', 'set search_path = other', 'set lock_timeout = 0'],
      }),
      M2_good: migrationSource({
        up: ['create table public.waited as select current_setting($$lock_timeout$$) as ms'],
      }),
    });
    await using opened = openQuietMigrator(database.url, folder.path, { lockTimeoutMs: 1_234 });

    await opened.migrator.up();

    expect((await opened.migrator.state()).pending).toEqual([]);
    expect(await connection.query('select ms from waited')).toEqual([{ ms: '1234ms' }]);
  });

  it('gives up a statement that takes longer than the limit, and says so', async () => {
    const folder = await makeFolder({ M1_slow: migrationSource({ up: ['select pg_sleep(30)'] }) });
    await using opened = openQuietMigrator(database.url, folder.path, { statementLimitMs: 1_000 });

    await expect(opened.migrator.up()).rejects.toThrow(
      /M1_slow\.ts failed.*pg_sleep.*longer than the 1 s that a statement may take \(MIGRATION_STATEMENT_LIMIT_MINUTES\).*rolled back/s,
    );
  });
});

describe('a warning that a migration raises', () => {
  it('is logged by the run, and a notice is not; neither is what others raise later', async () => {
    const raise = (level: string) => `do $$ begin raise ${level} 'a ${level}'; end $$`;
    const folder = await makeFolder({
      M1_warn: migrationSource({ up: [raise('notice'), raise('warning')] }),
      M2_more: migrationSource({ up: ['create table more (id int)'] }),
    });
    const log = collectLog();
    await using opened = openQuietMigrator(database.url, folder.path, { log });

    await opened.migrator.up();
    await opened.orm.driver.execute(raise('warning'));

    expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([
      { level: 'warn', fields: { migration: 'M1_warn' }, message: 'a warning' },
    ]);
  });

  it('says of a rule that a way back cannot restore whether it holds, and how the rows are found', async () => {
    const check = 'alter table "notes" add constraint "heavy" check ("weight" > 5)';
    const key =
      'alter table "notes" add constraint "placed" foreign key ("place") references "places" ("id")';
    const folder = await makeFolder({
      M1_notes: migrationSource({
        up: [
          'create table places (id int unique)',
          'create table notes (weight int, place int, text text)',
          'insert into places values (1), (null)',
          `insert into notes values (1, 1, 'light'), (9, 2, 'astray'), (null, null, null)`,
        ],
      }),
      M2_rules: migrationSource({
        up: ['select 1'],
        down: [
          ...restoreConstraint('notes', 'heavy', check),
          ...restoreConstraint('notes', 'placed', key),
          restoreRule('alter table notes alter column text set not null'),
        ],
      }),
    });
    const log = collectLog();
    await using opened = openQuietMigrator(database.url, folder.path, { log });
    await opened.migrator.up();

    await opened.migrator.down();

    const logged = log.lines.flatMap(({ level, fields, message }) =>
      level === 'warn' ? [{ message, hint: 'hint' in fields ? String(fields.hint) : '' }] : [],
    );
    expect(logged.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Restored for new and changed rows only \(not valid\).*"heavy"/),
      expect.stringMatching(/^Restored for new and changed rows only \(not valid\).*"placed"/),
      expect.stringMatching(/^Not restored, because rows break it: .*"text"/),
    ]);
    const queries = logged.map(({ hint }) => /this shows: (.*); then run:/.exec(hint)?.[1]);
    expect(await connection.query(queries[0] ?? '')).toEqual([{ weight: 1, place: 1, text: 'light' }]);
    expect(await connection.query(queries[1] ?? '')).toEqual([{ weight: 9, place: 2, text: 'astray' }]);
  });
});
