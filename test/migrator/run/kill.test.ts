/** A process that is killed while it migrates, at each of its files: the next one finishes, and nothing is done twice. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { startMigrateProcess } from '../../support/migrate-processes.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { openQuietMigrator } from '../../support/migrator.ts';
import { until } from '../../support/until.ts';
import type { MigrateProcess } from '../../support/migrate-processes.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

/** Counts, and takes as long as the table `patience` says for this step. */
const countAndWait = (step: number) =>
  migrationSource({
    up: [
      `update counter set n = n + ${10 ** step}`,
      `select pg_sleep(seconds) from patience where step = ${step}`,
    ],
    phase: 'data',
  });

const BUILD_INDEX = migrationSource({
  up: ['create index concurrently counter_n on counter (n)'],
  statics: ['static override readonly transactional = false;'],
});

const { database, connection } = useEmptyDatabase();
let folder: MigrationFolder;
let killed: MigrateProcess;

beforeEach(async () => {
  folder = await makeMigrationFolder({
    M0_count: countAndWait(0),
    M1_count: countAndWait(1),
    M2_index: BUILD_INDEX,
    M3_count: countAndWait(3),
  });
  await connection.query('create table counter as select 0::int as n');
  await connection.query(
    'create table patience as select step, 0::float as seconds from generate_series(0, 3) step',
  );
  killed = startMigrateProcess();
});

afterEach(async () => {
  killed.child.kill('SIGKILL');
  await folder[Symbol.asyncDispose]();
});

const backend = async (condition: string): Promise<number | undefined> => {
  const [row] = await connection.query(
    `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and application_name like 'migrator %' and ${condition}`,
  );
  return row === undefined ? undefined : Number(row['pid']);
};

const isGone = async (pid: number): Promise<boolean> => {
  const rows = await connection.query(`select from pg_stat_activity where pid = ${pid}`);
  return rows.length === 0;
};

/** Kills the process, and waits until PostgreSQL has ended what it had begun, which by itself would take minutes. */
async function kill(pid: number): Promise<void> {
  killed.child.kill('SIGKILL');
  await until('the orphan is gone', () => isGone(pid));
}

async function expectAllDoneOnce(): Promise<void> {
  await using second = openQuietMigrator(database.url, folder.path);
  await second.migrator.up();

  expect(await connection.query('select n from counter')).toEqual([{ n: 1_011 }]);
  expect((await second.migrator.state()).pending).toEqual([]);
  const indexes = await connection.query(
    `select indexrelid::regclass::text as name, indisvalid as valid from pg_index where indrelid = 'counter'::regclass`,
  );
  expect(indexes).toEqual([{ name: 'counter_n', valid: true }]);
}

describe('a process that is killed', () => {
  it.each([0, 1, 3])('in file %i loses that file only, and the next one does the rest', async (step) => {
    await connection.query(`update patience set seconds = 600 where step = ${step}`);
    const answer = killed.migrate(database.url, folder.path);
    answer.catch(() => undefined);
    const pid = await until('it migrates', () => backend(`wait_event = 'PgSleep'`));

    await kill(pid);
    await connection.query('update patience set seconds = 0');

    await expect(answer).rejects.toThrow(/ended without an answer/);
    await expectAllDoneOnce();
  });

  it('while it builds an index leaves an invalid one, which the next one drops and builds again', async () => {
    const writer = openPlainConnection(database.url);
    await writer.query('begin');
    // The build waits for this transaction, with the index in the catalogue already.
    await writer.query('lock table counter in row exclusive mode');
    killed.migrate(database.url, folder.path).catch(() => undefined);
    const pid = await until('it builds', () =>
      backend(`query like 'create index concurrently%' and wait_event_type = 'Lock'`),
    );
    expect(await connection.query('select from pg_index where not indisvalid')).toHaveLength(1);

    await kill(pid);
    await writer.query('rollback');
    await writer.close();

    expect(await connection.query('select from pg_index where not indisvalid')).toHaveLength(1);
    await expectAllDoneOnce();
  });
});
