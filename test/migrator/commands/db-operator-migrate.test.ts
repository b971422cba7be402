/** db migrate: forward, to a name, back with its losses printed, and everything that it refuses. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateCommand } from '../../../src/migrator/commands/migrate.ts';
import { MIGRATION_LOCK } from '../../../src/migrator/run/session/migration-lock.ts';
import { FIRST_RUN_NOTE } from '../../../src/migrator/run/state/migration-state.ts';
import { createTestDatabase, inDatabase, withWrongPassword } from '../../support/database.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { until } from '../../support/until.ts';
import { createReadingRole } from './reading-role.ts';
import { manage, runOperatorCommand } from './run-operator-command.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';
import type { Scene } from './run-operator-command.ts';

const MANAGE = join(import.meta.dirname, '../../../src/manage.ts');
const ONE = 'Migration20260101000001_one';
const TWO = 'Migration20260101000002_two';
const THREE = 'Migration20260101000003_three';
const FOUR = 'Migration20260101000004_four';

const table = (name: string): string =>
  migrationSource({
    up: [`create table ${name} (id int primary key, note text)`],
    down: [`drop table "${name}"`],
  });

const { database, connection } = useEmptyDatabase();
let folder: MigrationFolder;

beforeEach(async () => {
  folder = await makeMigrationFolder({ [ONE]: table('ones'), [TWO]: table('twos') });
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

const migrate = (argv: readonly string[] = [], scene: Partial<Scene> = {}) =>
  runOperatorCommand(migrateCommand, argv, { databaseUrl: database.url, folder: folder.path, ...scene });

async function add(name: string, source: string): Promise<void> {
  await folder.write(name, source);
  await folder.writeManifest();
}

/** The table that shows a contract that no old copy of the server runs. */
const makeInstances = () =>
  connection.query(
    `create table app_instances (id uuid, version text, migrations_head text, host text, pid int,
       started_at timestamptz, last_seen_at timestamptz, stopped_at timestamptz)`,
  );

async function applied(): Promise<unknown[]> {
  const [there] = await connection.query(`select to_regclass('mikro_orm_migrations') is not null as there`);
  if (there?.['there'] !== true) return [];
  return (await connection.query('select name from mikro_orm_migrations order by id')).map(
    ({ name }) => name,
  );
}

describe('db migrate refuses', () => {
  it('a name that does not exist, offers the nearest, and changes nothing', async () => {
    const migrated = await createTestDatabase();
    try {
      const { code, stdout, stderr } = await manage(['migrate', 'trading_inital'], {
        DATABASE_URL: migrated.url,
      });

      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^Nothing was done: there is no migration "trading_inital".*_trading_initial/);
    } finally {
      await migrated.drop();
    }
  });

  const wrongWords = [
    { argv: ['one', 'two'], said: /goes to one migration/ },
    { argv: ['--fak'], said: /^Unknown option '--fak'\. See: manage db migrate --help\n$/ },
    { argv: ['--plan', '--fake', 'one'], said: /--plan and --fake are 2 things/ },
    { argv: ['--reason', 'x'], said: /--reason goes with --fake or --unfake/ },
  ];
  it.each(wrongWords)('$argv', async ({ argv, said }) => {
    const { code, stderr } = await migrate(argv);

    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(said) });
    expect(await applied()).toEqual([]);
  });

  it('to work where the password is wrong or the database is missing', async () => {
    const wrong = withWrongPassword(database.url, 'not-the-word');

    const refused = await migrate([], { databaseUrl: wrong });
    const missing = await migrate([], { databaseUrl: inDatabase('no_such_database') });

    expect(refused).toMatchObject({
      code: 11,
      stdout: '',
      stderr: expect.stringContaining('password is wrong'),
    });
    expect(missing).toMatchObject({
      code: 11,
      stdout: '',
      stderr: expect.stringContaining('no such database'),
    });
  });

  it('to continue as a user that may not make tables, in one line', async () => {
    const role = await createReadingRole(connection, database.url);
    try {
      const { code, stderr } = await migrate([], { databaseUrl: role.url });

      expect(code).toBe(11);
      expect(stderr).toMatch(/^User "reader_\w+" lacks a right: .*permission denied.*\n$/);
    } finally {
      await role.drop();
    }
  });

  it('an installation that is not whole', async () => {
    await folder.remove(TWO);

    expect(await migrate()).toMatchObject({
      code: 17,
      stderr: expect.stringContaining(`${TWO}.ts is missing`),
    });
    expect(await applied()).toEqual([]);
  });

  it('to apply or revert without a backup where one is required', async () => {
    await migrate();
    await add(THREE, table('threes'));
    const environment = { BACKUP_BEFORE_MIGRATE: 'required' };

    const forward = await migrate([], { environment });
    const back = await migrate(['one', '--yes'], { environment });

    expect([forward.code, back.code]).toEqual([16, 16]);
    expect(await applied()).toEqual([ONE, TWO]);
  });

  it('a contract by its name while something prevents it', async () => {
    await migrate();
    const statics = [`static override readonly requires = ['${FOUR}'];`];
    await add(THREE, migrationSource({ up: ['drop table ones'], phase: 'contract', statics }));
    await add(FOUR, migrationSource({ up: ['select 1'], phase: 'contract' }));

    const { code, stderr } = await migrate(['three']);

    expect({ code, stderr }).toEqual({ code: 19, stderr: expect.stringContaining(FOUR) });
    expect(await applied()).toEqual([ONE, TWO]);
  });
});

describe('db migrate forward', () => {
  it('applies everything on a fresh database, contracts too, and prints each when it is done', async () => {
    await add(THREE, migrationSource({ up: ['drop table ones'], phase: 'contract' }));

    const { code, stdout } = await migrate();

    expect(code).toBe(0);
    expect(stdout.replaceAll(/in [\d.]+ m?s/g, 'in a while').split('\n')).toEqual([
      `will apply ${ONE} (expand)`,
      `will apply ${TWO} (expand)`,
      `will apply ${THREE} (contract)`,
      `applied ${ONE} in a while`,
      `applied ${TWO} in a while`,
      `applied ${THREE} in a while`,
      '3 applied.',
      '',
    ]);
    expect(await migrate()).toEqual({ code: 0, stdout: 'Nothing is pending.\n', stderr: '' });
  });

  it('leaves contracts out and says so, and runs one that is named', async () => {
    await migrate();
    await add(THREE, migrationSource({ up: ['drop table ones'], phase: 'contract' }));
    await add(FOUR, table('fours'));

    const plain = await migrate([], { environment: { BACKUP_BEFORE_MIGRATE: 'off' } });
    expect(plain).toMatchObject({ code: 0, stderr: '' });
    expect(plain.stdout).toMatch(/1 applied\.\nwaits: Migration20260101000003_three, until/);
    expect(await applied()).toEqual([ONE, TWO, FOUR]);

    await makeInstances();
    const named = await migrate(['three']);
    expect(named).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Continuing without a fresh backup: /),
    });
    expect(await applied()).toEqual([ONE, TWO, FOUR, THREE]);
  });

  it('runs a contract that is named, and before it the one that it requires', async () => {
    await migrate();
    await makeInstances();
    await add(THREE, migrationSource({ up: ['drop table ones'], phase: 'contract' }));
    const statics = [`static override readonly requires = ['${THREE}'];`];
    await add(FOUR, migrationSource({ up: ['drop table twos'], phase: 'contract', statics }));

    expect(await migrate(['four'], { environment: { BACKUP_BEFORE_MIGRATE: 'off' } })).toMatchObject({
      code: 0,
      stderr: '',
    });

    expect(await applied()).toEqual([ONE, TWO, THREE, FOUR]);
  });

  it('ends a first run that was cut off before it could say so, and contracts wait from then on', async () => {
    await migrate();
    await connection.query(`update mikro_orm_migrations set note = '${FIRST_RUN_NOTE}'`);

    expect(await migrate()).toMatchObject({ code: 0 });
    await add(THREE, migrationSource({ up: ['drop table ones'], phase: 'contract' }));

    expect(await migrate()).toMatchObject({ code: 0, stdout: expect.stringContaining(`waits: ${THREE}`) });
    expect(await applied()).toEqual([ONE, TWO]);
  });

  it('ends a first run of which a part was faked', async () => {
    await add(THREE, migrationSource({ up: ['insert into nowhere values (1)'] }));
    await migrate();
    const scene = { databaseUrl: database.url, folder: folder.path };
    await runOperatorCommand(migrateCommand, ['--fake', 'three', '--reason', 'not here'], scene);

    expect(await migrate()).toMatchObject({ code: 0 });

    expect(await connection.query('select note from mikro_orm_migrations order by id')).toEqual([
      { note: null },
      { note: null },
      { note: 'not here' },
    ]);
  });

  it('stops at the migration that is named', async () => {
    expect(await migrate(['20260101000001'])).toMatchObject({ code: 0 });

    expect(await applied()).toEqual([ONE]);
  });

  it('ends with 13 and one message when a migration fails; what came before stays and was printed', async () => {
    await add(THREE, migrationSource({ up: ['insert into nowhere values (1)'] }));

    const { code, stdout, stderr } = await migrate();

    expect(code).toBe(13);
    expect(stdout).toMatch(/applied .*_one in .*\napplied .*_two in .*\n$/);
    expect(stderr).toMatch(
      /^Migration20260101000003_three\.ts failed to go up at "insert into nowhere.*42P01.*\n$/,
    );
    expect(await applied()).toEqual([ONE, TWO]);
  });
});

describe('db migrate that is stopped', () => {
  it('ends while it waits for another process, and says that nothing of it stayed', async () => {
    await connection.query(`select pg_advisory_lock(${MIGRATION_LOCK.classId}, ${MIGRATION_LOCK.id})`);
    const child = spawn(process.execPath, [MANAGE, 'db', 'migrate'], {
      env: { DATABASE_URL: database.url },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = once(child, 'close');
    await until('it waits for the lock', () => stderr.includes('waiting for another process'));

    child.kill('SIGTERM');

    expect(await ended).toEqual([13, null]);
    expect(stderr).toMatch(/\nStopped\. What was reported as done stays; .*\n$/);
    expect(await applied()).toEqual([]);
  });
});

describe('db migrate back', () => {
  beforeEach(async () => {
    await migrate();
    await connection.query(`insert into twos values (1, 'a'), (2, null), (3, null)`);
  });

  it('prints what is lost, and does nothing without a confirmation', async () => {
    const down = [
      'alter table ones drop column if exists note, drop constraint if exists nothing',
      'delete from twos',
      'drop index if exists nothing',
    ];
    await add(THREE, migrationSource({ up: [`insert into ones values (1, 'x')`], down }));
    await migrate();

    const { code, stdout, stderr } = await migrate(['one']);
    const misspelt = await migrate(['one'], { typed: 'some other database' });

    expect(code).toBe(2);
    expect(stdout).toBe(
      [
        `will revert ${THREE}`,
        '  drops column note of ones; rows with a value: 1',
        '  deletes rows of twos; it has 3',
        `will revert ${TWO}`,
        '  drops table twos; rows: 3',
        '',
      ].join('\n'),
    );
    expect(stderr).toMatch(
      /^Nothing was done\. This reverts 2 migrations; what is lost is listed above\. .*--yes if database/,
    );
    expect(misspelt).toMatchObject({ code: 2, stderr: expect.stringContaining('not its name') });
    expect(await applied()).toEqual([ONE, TWO, THREE]);
  });

  it('counts nothing of what the migrator keeps for itself', async () => {
    await connection.query('create table backfill_jobs as select 1 as id');
    const down = [`delete from backfill_jobs where id = 1`, `truncate table "public"."backfill_jobs"`];
    await add(THREE, migrationSource({ up: ['select 1'], down }));
    await migrate();

    const { stdout, stderr } = await migrate(['two']);

    expect(stdout).toBe(`will revert ${THREE}\n`);
    expect(stderr).toContain('This reverts 1 migration; no rows are lost.');
  });

  it('goes back when the name of the database is typed', async () => {
    const typed = new URL(database.url).pathname.slice(1);

    const { code, stdout } = await migrate(['one'], { typed });

    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/reverted .*_two in .*\n1 reverted\./),
    });
    expect(await applied()).toEqual([ONE]);
  });

  it('goes back to nothing, and forward again', async () => {
    expect(await migrate(['zero', '--yes'])).toMatchObject({ code: 0 });
    expect(await applied()).toEqual([]);
    expect(await migrate(['zero', '--yes'])).toMatchObject({ code: 0, stdout: 'Nothing is applied.\n' });

    expect(await migrate(['two'])).toMatchObject({ code: 0 });
    expect(await applied()).toEqual([ONE, TWO]);
    expect(await migrate(['two'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing to do'),
    });
  });

  it('refuses to pass one that is irreversible or has no down, and reverts nothing', async () => {
    const statics = [`static override readonly irreversible = 'the old values are gone';`];
    await add(THREE, migrationSource({ up: ['select 1'], statics }));
    await add(FOUR, migrationSource({ up: ['select 1'], down: ['select 1'] }));
    await migrate();

    const { code, stderr } = await migrate(['one', '--yes']);

    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('the old values are gone') });
    expect(await applied()).toEqual([ONE, TWO, THREE, FOUR]);
  });

  it('refuses to pass a contract in production, agreed or not', async () => {
    await add(
      THREE,
      migrationSource({ up: ['drop table ones'], down: ['create table ones ()'], phase: 'contract' }),
    );
    await makeInstances();
    expect(await migrate(['three'])).toMatchObject({ code: 0, stdout: expect.stringContaining('1 applied') });

    const environment = { NODE_ENV: 'production' };
    const { code, stderr } = await migrate(['two', '--yes'], { environment });

    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/production.*_three/) });
    expect(await applied()).toEqual([ONE, TWO, THREE]);
    expect(await migrate(['two', '--yes'])).toMatchObject({ code: 0 });
  });
});
