/** A stop in the middle: what ran is cancelled and rolled back, the lock is released, and the run ends soon. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateDatabase } from '../../../src/migrator/run/migrate-database.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { collectLog, openQuietMigrator } from '../../support/migrator.ts';
import { until } from '../../support/until.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

/** A container has ten seconds by default; this is one of several things that it has to end. */

const HELD_LOCKS = `select from pg_locks where locktype = 'advisory'
  and database = (select oid from pg_database where datname = current_database())`;

const { database, connection } = useEmptyDatabase();
let folder: MigrationFolder;
let stop: AbortController;
const reason = new Error('SIGTERM');

beforeEach(async () => {
  stop = new AbortController();
  folder = await makeMigrationFolder({
    M1_first: migrationSource({ up: ['create table first (id int)'] }),
    M2_long: migrationSource({ up: ['create table long (id int)', 'select pg_sleep(600)'] }),
    M3_index: migrationSource({
      up: ['create index concurrently first_id on first (id)'],
      statics: ['static override readonly transactional = false;'],
    }),
  });
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

const isWaiting = async (condition: string): Promise<boolean> => {
  const rows = await connection.query(
    `select from pg_stat_activity where datname = current_database() and ${condition}`,
  );
  return rows.length > 0;
};
const recorded = async () =>
  (await connection.query('select name from mikro_orm_migrations order by id')).map(({ name }) => name);

/** What it waits for would take minutes, so that it ends at all is because it was stopped. */
async function expectStop(migrating: Promise<unknown>): Promise<void> {
  stop.abort(reason);
  await expect(migrating).rejects.toBe(reason);
}

describe('a migrator that is stopped', () => {
  it('cuts off the statement that runs and rolls its migration back', async () => {
    await using opened = openQuietMigrator(database.url, folder.path, { signal: stop.signal });
    const migrating = opened.migrator.up();
    await until('it runs', () => isWaiting(`wait_event = 'PgSleep'`));

    await expectStop(migrating);

    expect(await recorded()).toEqual(['M1_first']);
    expect(await connection.query(`select to_regclass('long') as long`)).toEqual([{ long: null }]);
    expect(await connection.query(HELD_LOCKS)).toEqual([]);
  });

  it('leaves no invalid index behind', async () => {
    await using opened = openQuietMigrator(database.url, folder.path, { signal: stop.signal });
    await opened.migrator.up('M1_first');
    const writer = openPlainConnection(database.url);
    await writer.query('begin');
    await writer.query('lock table first in row exclusive mode');
    const migrating = opened.migrator.up('M3_index');
    await until('it builds', () => isWaiting(`query like 'create index conc%' and wait_event_type = 'Lock'`));
    expect(await connection.query('select from pg_index where not indisvalid')).toHaveLength(1);

    stop.abort(reason);
    // Dropping waits for the same writer as building did.
    await until('it cleans up', () =>
      isWaiting(`query like 'drop index conc%' and wait_event_type = 'Lock'`),
    );
    // It may end while the writer is closed, before anything awaits it.
    migrating.catch(() => undefined);
    await writer.query('rollback');
    await writer.close();

    await expect(migrating).rejects.toBe(reason);
    expect(await connection.query('select from pg_index where not indisvalid')).toEqual([]);
    expect(await recorded()).toEqual(['M1_first']);
  });

  it('stops waiting for a table that others use', async () => {
    const log = collectLog();
    await using opened = openQuietMigrator(database.url, folder.path, {
      signal: stop.signal,
      log,
      lockTimeoutMs: 100,
      retry: { tries: 10, budgetMs: 600_000, firstDelayMs: 300_000, longestDelayMs: 300_000 },
    });
    const holder = openPlainConnection(database.url);
    await holder.query('begin');
    await holder.query('create table first (id int)');

    const migrating = opened.migrator.up();
    await until('it gave way', () => log.lines.some(({ message }) => message.includes('it is tried again')));

    await expectStop(migrating);
    await holder.close();
    expect(await recorded()).toEqual([]);
  });

  it('stops waiting for another process that migrates', async () => {
    const holder = openPlainConnection(database.url);
    await holder.query(`select pg_advisory_lock(x'41466d67'::int, 1)`);
    let hasReported = false;
    await using opened = openQuietMigrator(database.url, folder.path, {
      signal: stop.signal,
      onProgress: () => (hasReported = true),
    });

    const migrating = opened.migrator.up();
    await until('it waits', () => hasReported);

    await expectStop(migrating);
    await holder.close();
    expect(await connection.query(`select to_regclass('mikro_orm_migrations') as found`)).toEqual([
      { found: null },
    ]);
  });

  it('does not begin when it was stopped before', async () => {
    await using opened = openQuietMigrator(database.url, folder.path, { signal: stop.signal });
    stop.abort(reason);

    await expect(opened.migrator.up()).rejects.toBe(reason);
  });

  it('just before a migration that asks the database itself does not begin it', async () => {
    await folder.write(
      'M2_long',
      `import { Migration } from '../../../src/migrator/recipes.ts';
        export class Ask extends Migration {
          static override readonly phase = 'data';
          override async up(): Promise<void> {
            await this.execute('select pg_sleep(600)');
          }
        }`,
    );
    await folder.writeManifest();
    await using opened = openQuietMigrator(database.url, folder.path, {
      signal: stop.signal,
      onProgress: ({ migration }) => void (migration === 'M2_long' && stop.abort(reason)),
    });

    await expect(opened.migrator.up()).rejects.toBe(reason);
    expect(await recorded()).toEqual(['M1_first']);
  });

  it('between two files does not say of the one that succeeded that it was rolled back', async () => {
    const log = { info: () => stop.abort(reason), warn: () => undefined };

    const migrating = migrateDatabase({
      databaseUrl: database.url,
      folder: folder.path,
      log,
      signal: stop.signal,
    });

    await expect(migrating).rejects.toBe(reason);
    expect(await recorded()).toEqual(['M1_first']);
  });
});
