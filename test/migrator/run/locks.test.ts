/** Tables that others use while a migration needs them: no one waits long, and the migration finishes or gives up. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MigratorFailure } from '../../../src/migrator/failure.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { collectLog, openQuietMigrator } from '../../support/migrator.ts';
import { until } from '../../support/until.ts';
import type { MigratorProgress } from '../../../src/migrator/run/migrator-settings.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const HELD_LOCKS = `select from pg_locks where locktype = 'advisory'
  and database = (select oid from pg_database where datname = current_database())`;

const { database, connection } = useEmptyDatabase();
let holder: PlainConnection;
let folder: MigrationFolder;

beforeEach(async () => {
  holder = openPlainConnection(database.url, 'a long report');
  folder = await makeMigrationFolder({
    M1_note: migrationSource({ up: ['create table notes (id int)'] }),
    M2_currency: migrationSource({ up: ['alter table prices add column currency text'] }),
  });
  await connection.query('create table prices as select 1::int as price');
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
  await holder.close();
});

async function holdPrices(): Promise<void> {
  await holder.query('begin');
  await holder.query('select from prices');
}

const waitsForTable = (who: string): Promise<boolean> =>
  connection
    .query(
      `select from pg_stat_activity where application_name like '${who}%' and wait_event_type = 'Lock'
          and datname = current_database()`,
    )
    .then((rows) => rows.length > 0);

describe('a table that is read for long', () => {
  it('is read by others, whom a migration that waits for it lets through, and the migration finishes', async () => {
    const log = collectLog();
    const progress: MigratorProgress[] = [];
    await using opened = openQuietMigrator(database.url, folder.path, {
      log,
      onProgress: (each) => progress.push(each),
      lockTimeoutMs: 1_000,
      retry: { tries: 1_000, budgetMs: 600_000, firstDelayMs: 50, longestDelayMs: 100 },
    });
    await holdPrices();

    const migrating = opened.migrator.up();
    // What comes after a migration that waits queues behind it, and is let through while the table is still held.
    const reader = openPlainConnection(database.url, 'another reader');
    await until('a reader is stuck behind the migration', async () => {
      if (!(await waitsForTable('migrator'))) return false;
      let isAnswered = false;
      const reading = reader.query('select count(*) from prices').then(() => void (isAnswered = true));
      const seen = await until('it waits or is answered', async () =>
        (await waitsForTable('another reader')) ? 'stuck' : isAnswered && 'answered',
      );
      await reading;
      return seen === 'stuck';
    });
    await until(
      'it was tried three times',
      () => log.lines.filter(({ level }) => level === 'warn').length >= 3,
    );
    await holder.query('rollback');
    const done = await migrating;
    await reader.close();

    expect(done.map(({ name }) => name)).toEqual(['M1_note', 'M2_currency']);
    const warnings = log.lines.filter(({ level }) => level === 'warn');
    expect(warnings.length).toBeGreaterThanOrEqual(3);
    expect(warnings[0]).toMatchObject({
      fields: {
        migration: 'M2_currency',
        tries: 1,
        blockedBy: expect.stringMatching(
          /a long report .*process \d+.*idle in transaction since .*select from prices/,
        ),
      },
      message: expect.stringMatching(/rolled back because others use what it needs/),
    });
    expect(progress).toContainEqual({
      phase: 'migrating',
      migration: 'M2_currency',
      index: 2,
      total: 2,
      blockedBy: expect.stringMatching(/a long report/),
    });
  });
});

describe('a table that is never released', () => {
  it('makes the migration give up, with the file untouched and the holder named', async () => {
    await using opened = openQuietMigrator(database.url, folder.path, {
      lockTimeoutMs: 500,
      retry: { tries: 3, budgetMs: 60_000, firstDelayMs: 10, longestDelayMs: 20 },
    });
    await holdPrices();

    const failure: unknown = await opened.migrator.up().catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(MigratorFailure);
    expect(failure).toMatchObject({
      type: 'migration-failed',
      message: expect.stringMatching(
        /M2_currency\.ts failed .*55P03.* tried 3 times.* It was blocked by .*a long report.* M1_note succeeded and stays/,
      ),
      facts: { migration: 'M2_currency', sqlState: '55P03', done: ['M1_note'] },
    });
    expect(await connection.query('select name from mikro_orm_migrations')).toEqual([{ name: 'M1_note' }]);
    expect(await connection.query('select * from prices')).toEqual([{ price: 1 }]);
    expect(await connection.query(HELD_LOCKS)).toEqual([]);
  });

  it('is not waited for longer than the budget, however many tries are left', async () => {
    await using opened = openQuietMigrator(database.url, folder.path, {
      lockTimeoutMs: 100,
      retry: { tries: 1_000, budgetMs: 600, firstDelayMs: 10, longestDelayMs: 20 },
    });
    await holdPrices();

    await expect(opened.migrator.up()).rejects.toThrow(/M2_currency\.ts failed/);
  });
});

describe('the migration lock', () => {
  const TAKE = `select pg_advisory_lock(x'41466d67'::int, 1)`;

  it('is waited for as long as the budget, and then its holder is named', async () => {
    const progress: MigratorProgress[] = [];
    await using opened = openQuietMigrator(database.url, folder.path, {
      lockWaitMs: 300,
      onProgress: (each) => progress.push(each),
    });
    await holder.query(TAKE);

    await expect(opened.migrator.up()).rejects.toMatchObject({
      type: 'migration-lock-timeout',
      message: expect.stringMatching(/a long report .*process \d+/),
    });

    expect(progress).toContainEqual({
      phase: 'waiting for the migration lock',
      blockedBy: expect.stringMatching(/a long report/),
    });
    expect(await connection.query(`select to_regclass('mikro_orm_migrations') as found`)).toEqual([
      { found: null },
    ]);
  });

  it('is not needed to see that there is nothing to do', async () => {
    await using opened = openQuietMigrator(database.url, folder.path, { lockWaitMs: 300 });
    await opened.migrator.up();
    await holder.query(TAKE);

    expect(await opened.migrator.up()).toEqual([]);
    expect((await opened.migrator.state()).pending).toEqual([]);
  });

  it('that was lost with its connection ends the run before the next file', async () => {
    const seen: string[] = [];
    await using opened = openQuietMigrator(database.url, folder.path);
    opened.migrator.on('migrated', async ({ name }) => {
      seen.push(name);
      await connection.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'migrator %' and datname = current_database()`,
      );
    });

    await expect(opened.migrator.up()).rejects.toThrow();

    expect(seen).toEqual(['M1_note']);
    expect(await connection.query('select name from mikro_orm_migrations')).toEqual([{ name: 'M1_note' }]);
  });
});
