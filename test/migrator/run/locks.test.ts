/** Tables that others use while a migration needs them: no one waits long, and the migration finishes or gives up. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MigratorFailure } from '../../../src/migrator/failure.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { collectLog, openQuietMigrator } from '../../support/migrator.ts';
import { until } from '../../support/until.ts';
import type { MigratorProgress } from '../../../src/migrator/run/migrator-settings.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const HELD_MS = 6_000;
const LOCK_TIMEOUT_MS = 1_000;
/** What the machine that runs the tests may need besides. */
const SLACK_MS = 700;

const HELD_LOCKS = `select from pg_locks where locktype = 'advisory'
  and database = (select oid from pg_database where datname = current_database())`;

let database: TestDatabase;
let connection: PlainConnection;
let holder: PlainConnection;
let folder: MigrationFolder;

beforeEach(async () => {
  database = await createEmptyDatabase();
  connection = openPlainConnection(database.url);
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
  await connection.close();
  await database.drop();
});

async function holdPrices(): Promise<void> {
  await holder.query('begin');
  await holder.query('select from prices');
}

/** Reads without a pause until it is stopped; returns the longest that one reading took. */
async function readPrices(signal: AbortSignal): Promise<number> {
  let worstMs = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    await connection.query('select count(*) from prices');
    worstMs = Math.max(worstMs, performance.now() - startedAt);
  }
  return worstMs;
}

describe('a table that is read for six seconds', () => {
  it('makes others wait no longer than the lock time-out, and the migration finishes', async () => {
    const log = collectLog();
    const progress: MigratorProgress[] = [];
    await using opened = openQuietMigrator(database.url, folder.path, {
      log,
      onProgress: (each) => progress.push(each),
      lockTimeoutMs: LOCK_TIMEOUT_MS,
      retry: { tries: 10, budgetMs: 60_000, firstDelayMs: 250, longestDelayMs: 500 },
    });
    const stopReading = new AbortController();
    await holdPrices();
    const heldAt = performance.now();

    const migrating = opened.migrator.up();
    const reading = readPrices(stopReading.signal);
    await until('the holder has held it long enough', () => performance.now() - heldAt > HELD_MS);
    await holder.query('rollback');
    const done = await migrating;
    stopReading.abort();

    expect(await reading).toBeLessThan(LOCK_TIMEOUT_MS + SLACK_MS);
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
    const startedAt = performance.now();

    await expect(opened.migrator.up()).rejects.toThrow(/M2_currency\.ts failed/);

    expect(performance.now() - startedAt).toBeLessThan(5_000);
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
