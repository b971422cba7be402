/** Every job, killed in its middle with the process that runs it: another copy of the server makes the turn. */
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { JOB_NAMES } from '../../src/operations/jobs/job-catalogue.ts';
import { ApiClient } from '../support/api-client.ts';
import { createTestDatabase } from '../support/database.ts';
import { ServerProcess } from '../support/server-process.ts';
import { createAccount } from '../support/trading.ts';
import { until } from '../support/until.ts';

const MARKET = 'synthetic?start=2026-01-06T12:00:00Z';

/**
 * PostgreSQL's programs with which a backup ends when the file `go` is there: no machine has those of every server's version, and what is
 * tested is the job.
 */
async function slowPrograms(folder: string): Promise<string> {
  const programs = join(folder, 'programs');
  await mkdir(programs);
  const dump = `#!/bin/sh
if [ "$1" = --version ]; then echo "pg_dump (PostgreSQL) 99.0"; exit; fi
for each in "$@"; do case "$each" in --file=*) file="\${each#--file=}";; esac; done
echo begun > "$file"
while [ ! -e ${folder}/go ]; do sleep 0.05; done
echo whole > "$file"
`;
  await writeFile(join(programs, 'pg_dump'), dump);
  await writeFile(join(programs, 'pg_restore'), '#!/bin/sh\n');
  for (const name of ['pg_dump', 'pg_restore']) await chmod(join(programs, name), 0o755);
  return programs;
}

it('a job whose process is killed in its middle is run again by another copy', async () => {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'auto-forex-jobs-'));
  const connection = openPlainConnection(database.url, 'test');
  onTestFinished(async () => {
    await writeFile(join(folder, 'go'), '');
    await connection.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });
  const directory = join(folder, 'backups');
  const settings = {
    DATABASE_URL: database.url,
    PAPER_FEED: MARKET,
    BACKUP_DIRECTORY: directory,
    BACKUP_AT: '03:00',
    PATH: `${await slowPrograms(folder)}:${process.env['PATH']}`,
  };
  const states = async () => {
    const rows = await connection.query(
      'select name, outcome, finished_at is null and started_at is not null as running, copy from scheduled_jobs order by name',
    );
    return rows;
  };
  const endedIn = (outcome: string) => async () =>
    (await states()).every((job) => job['outcome'] === outcome);

  await using first = new ServerProcess(settings);
  const person = await ApiClient.signUp(await first.ready);
  await createAccount(person);
  for (const row of [
    `equity_points (account_id, resolution, at, balance, nav) select id, 'M1', now(), 1, 1`,
    `price_series (id, user_id, account_id, instrument, source, kind, rows, starts_at, ends_at)
      select gen_random_uuid(), user_id, id, 'USD_JPY', 'recorded', 'quotes', 1, now(), now()`,
    `price_series (id, user_id, instrument, source, kind, granularity, rows, starts_at, ends_at)
      select gen_random_uuid(), user_id, 'EUR_USD', 'OANDA', 'candles', 'H1', 1, now(), now()`,
  ])
    await connection.query(`insert into ${row} from oanda_accounts`);
  await connection.query(
    `insert into price_imports (id, user_id, account_id, series_id, starts_at, ends_at, status, keeps_up_to_date)
      select series.id, series.user_id, account.id, series.id, now() - interval '2 days', now() - interval '1 day', 'completed', true
      from price_series series join oanda_accounts account using (user_id) where series.source = 'OANDA'`,
  );
  await until('no job runs but the backup, which waits for its program', async () => {
    const running = (await states()).filter((job) => job['running'] === true);
    return running.length === 1 && running[0]?.['name'] === 'backup';
  });

  // What each job removes is locked, and every job is asked for.
  const holder = openPlainConnection(database.url, 'test holder');
  await holder.query('begin');
  await holder.query(
    'lock table user_sessions, equity_points, events, price_series, price_imports in exclusive mode',
  );
  await connection.query(
    `update scheduled_jobs set due_at = now(), requested_at = now() where name <> 'backup'`,
  );
  await until('every job is in its middle', async () =>
    (await states()).every((job) => job['running'] === true),
  );
  const waiting = await until('they wait', async () => {
    const rows = await connection.query(
      `select query from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return (
      rows.filter(({ query }) => /^delete|for update|update "price_imports"/i.test(String(query))).length >=
        5 && rows
    );
  });
  expect(waiting.length).toBeGreaterThanOrEqual(5);
  await first.kill('SIGKILL');
  await holder.query('rollback');
  await holder.close();
  const left = await states();

  // The lease of the dead copy is over; no test waits for its minute.
  await connection.query(`update scheduled_jobs set leased_until = now() - interval '1 second'`);
  await connection.query(`update scheduled_jobs set requested_at = now() where name = 'quote-retention'`);
  await writeFile(join(folder, 'go'), '');
  await using second = new ServerProcess(settings);
  await second.ready;
  await until('every job is done', endedIn('done'));

  expect(left.map(({ name, outcome, running }) => ({ name, outcome, running }))).toEqual(
    JOB_NAMES.map((name) => ({ name, outcome: null, running: true })),
  );
  expect((await states()).map(({ copy }) => String(copy).split(' ').at(-1))).toEqual(
    JOB_NAMES.map(() => String(second.pid)),
  );
  expect((await readdir(directory)).filter((name) => name.endsWith('.dump'))).toHaveLength(1);
  expect(await connection.query('select location from database_backups')).toHaveLength(1);
});
