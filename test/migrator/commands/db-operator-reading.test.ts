/** The commands that only look: db status, also with --check, and db doctor, on whole, empty, strange and forbidden databases. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { doctorCommand } from '../../../src/migrator/commands/doctor.ts';
import { statusCommand } from '../../../src/migrator/commands/status.ts';
import { readManifest } from '../../../src/migrator/run/state/manifest.ts';
import { project } from '../../../src/server/schema.ts';
import { openMigrator } from '../../../src/migrator/run/open-migrator.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import {
  createEmptyDatabase,
  createTestDatabase,
  inDatabase,
  withWrongPassword,
} from '../../support/database.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { createReadingRole } from './reading-role.ts';
import { manage, runOperatorCommand } from './run-operator-command.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const ONE = 'Migration20260101000001_one';
const TWO = 'Migration20260101000002_two';
const THREE = 'Migration20260101000003_three';
const FOUR = 'Migration20260101000004_four';
const HEAD = (await readManifest(project.folder)).head ?? '';
/** Nothing listens there. */
const NOWHERE = 'postgresql://none:secret@127.0.0.1:1/nothing';

const commands = { status: statusCommand, doctor: doctorCommand };

describe('on a database that cannot be reached or refuses', () => {
  it('db status ends with 11 for a wrong password, and does not print it', async () => {
    const DATABASE_URL = withWrongPassword(inDatabase('postgres'), 'not-the-word');

    const { code, stdout, stderr } = await manage(['db', 'status'], { DATABASE_URL });

    expect({ code, stdout }).toEqual({ code: 11, stdout: '' });
    expect(stderr).toMatch(/^PostgreSQL refused us.*password is wrong/);
    expect(stderr).not.toContain('not-the-word');
  });

  it('db status --check ends with 2 for a wrong password, which is neither yes nor no', async () => {
    const DATABASE_URL = withWrongPassword(inDatabase('postgres'), 'not-the-word');

    const { code, stdout, stderr } = await manage(['db', 'status', '--check'], { DATABASE_URL });

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^It is unknown whether anything is pending\. .*password is wrong/);
  });

  it('db status --check ends with 2 when nothing listens there', async () => {
    const { code, stderr } = await runOperatorCommand(statusCommand, ['--check'], { databaseUrl: NOWHERE });

    expect(code).toBe(2);
    expect(stderr).toMatch(/^It is unknown .*ECONNREFUSED/);
  });

  it('db doctor says so as its one failed check', async () => {
    const DATABASE_URL = withWrongPassword(inDatabase('postgres'), 'not-the-word');

    const { code, stdout } = await manage(['db', 'doctor', '--json'], { DATABASE_URL });

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      isHealthy: false,
      findings: [
        { check: 'connection', verdict: 'fail', said: expect.stringContaining('password is wrong') },
      ],
    });
  });

  it.each(Object.entries(commands))('db %s refuses words it does not know', async (_, command) => {
    const { code, stderr } = await runOperatorCommand(command, ['--jsno'], { databaseUrl: NOWHERE });

    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--jsno') });
  });

  it.each(Object.entries(commands))('db %s prints its usage without a database', async (name, command) => {
    const { code, stdout } = await runOperatorCommand(command, ['--help'], { databaseUrl: NOWHERE });

    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining(`manage db ${name}`) });
  });
});

describe('on an empty database', () => {
  let database: TestDatabase;
  let connection: PlainConnection;

  beforeAll(async () => {
    database = await createEmptyDatabase();
    connection = openPlainConnection(database.url);
  });

  afterAll(async () => {
    await connection.close();
    await database.drop();
  });

  it('everything is pending, and nothing is made by looking', async () => {
    const status = await manage(['showmigrations', '--json'], { DATABASE_URL: database.url });
    const pending = await manage(['db', 'status', '--check'], { DATABASE_URL: database.url });
    const doctor = await manage(['db', 'doctor'], { DATABASE_URL: database.url });

    expect(status).toMatchObject({ code: 0, stderr: '' });
    const { migrations, head } = JSON.parse(status.stdout);
    expect(head).toBe(HEAD);
    expect(new Set(migrations.map(({ standing }: { standing: string }) => standing))).toEqual(
      new Set(['pending']),
    );
    expect(pending).toMatchObject({ code: 1, stderr: '', stdout: expect.stringContaining(`${HEAD}\n`) });
    expect(doctor.stdout).toMatch(/warn +migrations +pending: .*accounts_initial/);
    expect(doctor).toMatchObject({ code: 0, stderr: '' });
    expect(
      await connection.query(`select relname from pg_class where relnamespace = 'public'::regnamespace`),
    ).toEqual([]);
  });
});

describe('on the migrated database', () => {
  let database: TestDatabase;
  let connection: PlainConnection;

  beforeAll(async () => {
    database = await createTestDatabase();
    connection = openPlainConnection(database.url);
  });

  afterAll(async () => {
    await connection.close();
    await database.drop();
  });

  it('a user that may read the table of migrations and nothing else sees all but the side tables', async () => {
    const role = await createReadingRole(connection, database.url);
    try {
      await connection.query(`grant select on mikro_orm_migrations to ${role.name}`);

      const status = await manage(['db', 'status'], { DATABASE_URL: role.url });
      const pending = await runOperatorCommand(statusCommand, ['--check'], { databaseUrl: role.url });

      expect(status).toMatchObject({ code: 0, stderr: '' });
      expect(status.stdout).toMatch(new RegExp(String.raw`\[X\]  ${HEAD} +(expand|data|contract) +applied`));
      expect(status.stdout).toMatch(/Not visible to this user:\n {2}backfill_jobs\n/);
      expect(pending).toEqual({ code: 0, stdout: 'Nothing is pending.\n', stderr: '' });
    } finally {
      await role.drop();
    }
  });

  it('a user that may not read the table of migrations sees what to grant', async () => {
    const role = await createReadingRole(connection, database.url);
    try {
      const status = await runOperatorCommand(statusCommand, [], { databaseUrl: role.url });
      const pending = await runOperatorCommand(statusCommand, ['--check'], { databaseUrl: role.url });
      const doctor = await runOperatorCommand(doctorCommand, [], { databaseUrl: role.url });

      expect(status).toMatchObject({ code: 11, stderr: expect.stringContaining('grant select on') });
      expect(pending).toMatchObject({ code: 2, stderr: expect.stringContaining('grant select on') });
      expect(doctor.code).toBe(1);
      expect(doctor.stdout).toMatch(/FAIL +migrations +This user may not read/);
      expect(doctor.stdout).toMatch(/FAIL +rights .*may not alter/);
      expect(doctor.stdout).toMatch(/warn +backfills +not visible to this user: .*backfill_jobs/);
    } finally {
      await role.drop();
    }
  });

  it('nothing is pending, and the doctor finds nothing that fails', async () => {
    const pending = await runOperatorCommand(statusCommand, ['--check'], { databaseUrl: database.url });
    const doctor = await manage(['db', 'doctor', '--json'], { DATABASE_URL: database.url });

    expect(pending).toEqual({ code: 0, stdout: 'Nothing is pending.\n', stderr: '' });
    expect(doctor).toMatchObject({ code: 0, stderr: '' });
    const { isHealthy, findings } = JSON.parse(doctor.stdout);
    expect(isHealthy).toBe(true);
    const warned = findings.filter(({ verdict }: { verdict: string }) => verdict !== 'ok');
    // There is no backup.
    expect(warned.map(({ check }: { check: string }) => check)).toEqual(['backup']);
  });
});

describe('with migrations of every kind', () => {
  const { database, connection } = useEmptyDatabase();
  let folder: MigrationFolder;

  beforeEach(async () => {
    folder = await makeMigrationFolder({
      [ONE]: migrationSource({ up: ['create table ones (id int primary key)'], down: ['drop table ones'] }),
      [TWO]: migrationSource({ up: ['create table twos (id int primary key)'], down: ['drop table twos'] }),
    });
    const opened = openMigrator({ databaseUrl: database.url, folder: folder.path });
    await opened.migrator.up();
    await opened.close();
  });

  afterEach(async () => {
    await folder[Symbol.asyncDispose]();
  });

  const look = (command: (typeof commands)[keyof typeof commands], ...argv: string[]) =>
    runOperatorCommand(command, argv, { databaseUrl: database.url, folder: folder.path });

  async function standings(): Promise<Record<string, string>> {
    const { stdout } = await look(statusCommand, '--json');
    const { migrations } = JSON.parse(stdout);
    return Object.fromEntries(
      migrations.map(({ name, standing, faults }: { name: string; standing: string; faults: string[] }) => [
        name,
        [standing, ...faults].join(', '),
      ]),
    );
  }

  it('a deleted, an edited, a late, a waiting and an unknown one are distinguished', async () => {
    await folder.write(ONE, migrationSource({ up: ['create table ones (id bigint primary key)'] }));
    await folder.write('Migration20260101000001_zero_late', migrationSource({ up: ['select 1'] }));
    await folder.write(
      THREE,
      migrationSource({ up: ['alter table ones drop column id'], phase: 'contract' }),
    );
    await folder.write(FOUR, migrationSource({ up: ['select 1'] }));
    await folder.writeManifest();
    await folder.remove(FOUR);
    await folder.write('Migration20260101000005_stray', migrationSource({ up: ['select 1'] }));
    await connection.query(
      `insert into mikro_orm_migrations (name, phase, kind, note) values
         ('Migration20270101000000_newer', 'contract', 'run', null),
         ('Migration20270101000001_newest', 'expand', 'fake', 'made by hand')`,
    );

    expect(await standings()).toEqual({
      [ONE]: 'applied, edited',
      Migration20260101000001_zero_late: 'pending, late',
      [TWO]: 'applied',
      [THREE]: 'waiting',
      [FOUR]: 'pending, missing file',
      Migration20260101000005_stray: 'unlisted',
      Migration20270101000000_newer: 'ahead',
      Migration20270101000001_newest: 'ahead',
    });
    const doctor = await look(doctorCommand);
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toMatch(/FAIL +installation +.*_four\.ts is missing/);
    expect(doctor.stdout).toMatch(/FAIL +migrations +The database is ahead of this version.*_newer /);
    expect(doctor.stdout).toMatch(
      /warn +migrations +the database has migrations that this version does not know.*_newest\n/,
    );
    expect(doctor.stdout).toMatch(/FAIL +migrations +.*_one was edited after being applied/);
    expect(await look(statusCommand, '--check')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('are not those that the manifest lists'),
    });
  });

  it('a waiting contract is listed and not counted', async () => {
    await folder.write(THREE, migrationSource({ up: ['drop table ones'], phase: 'contract' }));
    await folder.writeManifest();

    const plain = await look(statusCommand, '--check');

    expect(plain.code).toBe(0);
    expect(plain.stdout).toMatch(/^Nothing is pending\.\nNot counted.*_three/);
  });

  it('a user that may not see what a contract waits for gets a message that says so', async () => {
    await folder.write(THREE, migrationSource({ up: ['drop table ones'], phase: 'contract' }));
    await folder.writeManifest();
    await connection.query(
      `create table app_instances (id uuid, version text, migrations_head text, host text, pid int,
         started_at timestamptz, last_seen_at timestamptz, stopped_at timestamptz)`,
    );
    const role = await createReadingRole(connection, database.url);
    try {
      await connection.query(`grant select on mikro_orm_migrations to ${role.name}`);

      const { code, stdout } = await runOperatorCommand(statusCommand, [], {
        databaseUrl: role.url,
        folder: folder.path,
      });

      expect(code).toBe(0);
      expect(stdout).toMatch(/_three: whether something still needs .* is not visible to this user/);
    } finally {
      await role.drop();
    }
  });

  it('the originals of a squash are shown as squashed, before and after their files are gone', async () => {
    const squash = 'Migration20260101000009_squash';
    const statics = [`static override readonly replaces = ['${ONE}', '${TWO}'];`];
    await folder.write(squash, migrationSource({ up: ['select 1'], statics }));
    await folder.writeManifest();

    expect(await standings()).toEqual({ [ONE]: 'applied', [TWO]: 'applied', [squash]: 'adoptable' });

    await folder.remove(ONE);
    await folder.remove(TWO);
    await folder.writeManifest();

    expect(await standings()).toEqual({ [ONE]: 'squashed', [TWO]: 'squashed', [squash]: 'adoptable' });

    await connection.query(`delete from mikro_orm_migrations where name = '${ONE}'`);

    expect((await look(doctorCommand)).stdout).toMatch(
      /FAIL +migrations +.*_squash stands for .*_one not, and their files are gone/,
    );
  });

  it('the reason of a fake, the user and the duration are shown', async () => {
    await connection.query(
      `update mikro_orm_migrations set kind = 'fake', note = 'the table was there', applied_by = 'ada', host = 'desk',
         duration_ms = 2100, app_version = '1.2.3' where name = '${TWO}'`,
    );

    const { stdout } = await look(statusCommand);

    expect(stdout).toMatch(
      /\[F\] {2}Migration20260101000002_two .*faked +.*UTC, in 2\.1 s, by ada@desk, version 1\.2\.3; the table was there\n/,
    );
  });

  it('a half-built index and backfills that failed or are silent are reported', async () => {
    await connection.query('create table threes (id int)');
    await connection.query('insert into threes values (1), (1)');
    await connection
      .query('create unique index concurrently threes_unique on threes (id)')
      .catch(() => undefined);
    await connection.query(
      `create table backfill_jobs (name text, table_name text, state text, rows_done bigint, rows_estimate bigint,
         error text, heartbeat_at timestamptz, batch_size int, started_at timestamptz, completed_at timestamptz,
         created_at timestamptz)`,
    );
    await connection.query(
      `insert into backfill_jobs values ('fill', 'threes', 'failed', 250, 1000, 'division by zero', now()),
         ('slow', 'threes', 'running', 1, null, null, now() - interval '1 hour')`,
    );

    const status = await look(statusCommand);
    const doctor = await look(doctorCommand);

    expect(status.stdout).toMatch(/fill +threes +failed +250 of about 1,000 .*division by zero/);
    expect(status.stdout).toMatch(/threes_unique on threes: half-built/);
    expect(doctor.stdout).toMatch(/FAIL +indexes +threes_unique/);
    expect(doctor.stdout).toMatch(/FAIL +backfills +fill failed: division by zero/);
    expect(doctor.stdout).toMatch(/warn +backfills +slow has said nothing for 60 min/);
  });

  it('a name recorded twice by an older version is reported', async () => {
    await connection.query('drop index mikro_orm_migrations_name_unique');
    await connection.query(`insert into mikro_orm_migrations (name) values ('${ONE}')`);

    const { code, stdout } = await look(doctorCommand);

    expect(code).toBe(1);
    expect(stdout).toMatch(
      /FAIL +migrations +The table of migrations records Migration20260101000001_one more than once/,
    );
  });
});
