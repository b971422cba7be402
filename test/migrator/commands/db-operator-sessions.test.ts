/** db shell, db doctor --locks and --terminate: a person's own session, and the session that holds the migration lock. */
import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shellCommand } from '../../../src/migrator/commands/shell.ts';
import { doctorCommand } from '../../../src/migrator/commands/doctor.ts';
import { MIGRATION_LOCK } from '../../../src/migrator/run/session/migration-lock.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createTestDatabase } from '../../support/database.ts';
import { manage as runManage } from '../../support/manage.ts';
import { until } from '../../support/until.ts';
import { createReadingRole } from './reading-role.ts';
import { manage, runOperatorCommand } from './run-operator-command.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';

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

describe('db shell --exec', () => {
  const shell = (...argv: string[]) => runOperatorCommand(shellCommand, argv, { databaseUrl: database.url });

  const refusals = [
    { argv: ['--write'], said: /goes with --exec/ },
    { argv: ['--exec', 'select 1', 'more'], said: /takes no further words: more/ },
    { argv: ['--exec', 'selct 1'], said: /^syntax error .*\(42601\)\.$/m },
    { argv: ['--exec', 'select 1; select 2'], said: /multiple commands.*\(42601\)/ },
    { argv: ['--exec', 'create table made ()'], said: /^Only --write may change the database/ },
    { argv: ['--exec', 'commit; drop table users'], said: /multiple commands/ },
    { argv: ['--exec', 'create table made ()', '--write'], said: /Nothing was done\. .*--yes/ },
  ];
  it.each(refusals)('refuses $argv and changes nothing', async ({ argv, said }) => {
    const { code, stdout, stderr } = await shell(...argv);

    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(said) });
    expect(
      await connection.query(`select to_regclass('made') as made, to_regclass('users') as users`),
    ).toEqual([{ made: null, users: 'users' }]);
  });

  it('prints a table, with its columns when there are no rows', async () => {
    const some = await manage(['dbshell', '--exec', `select 1 as n, null as nothing, 'two' as "text ?"`], {
      DATABASE_URL: database.url,
    });
    const none = await shell('--exec', 'select email, is_active from users');

    expect(some).toEqual({
      code: 0,
      stdout: 'n  nothing  text ?\n-  -------  ------\n1           two\n(1 row)\n',
      stderr: '',
    });
    expect(none.stdout).toBe('email  is_active\n-----  ---------\n(0 rows)\n');
  });

  it('changes the database when that is asked for and agreed to', async () => {
    const sql = `insert into blocked_ips (id, ip_address, reason) values (gen_random_uuid(), '192.0.2.7', 'test')`;

    expect(await shell('--exec', sql, '--write', '--yes')).toMatchObject({ code: 0, stdout: 'INSERT 1\n' });
  });
});

describe('db shell', () => {
  const psql = findProgram('psql');

  it('says what to do when there is no psql', async () => {
    const { code, stderr } = await runManage(['db', 'shell'], {
      DATABASE_URL: database.url,
      PATH: '/nowhere',
    });

    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^There is no psql on the PATH.*--exec/),
    });
  });

  it.skipIf(psql === undefined)(
    'gives psql the address by its environment, and ends as it ends',
    async () => {
      const sql = `select current_database() || ' ' || current_user`;

      const good = await runManage(['db', 'shell', '--', '-Atc', sql], { DATABASE_URL: database.url });
      const bad = await runManage(['db', 'shell', '--', '-c', 'selct'], { DATABASE_URL: database.url });

      const { pathname, username } = new URL(database.url);
      expect(good).toMatchObject({ code: 0, stdout: `${pathname.slice(1)} ${username}\n` });
      expect(bad.code).toBe(1);
    },
  );
});

describe('db doctor --locks and --terminate', () => {
  const opened: PlainConnection[] = [];
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });

  const doctor = (...argv: string[]) =>
    runOperatorCommand(doctorCommand, argv, { databaseUrl: database.url });

  async function connect(purpose: string, url = database.url): Promise<PlainConnection> {
    const made = openPlainConnection(url, purpose);
    opened.push(made);
    await made.query('select 1');
    return made;
  }

  async function holdLock(): Promise<number> {
    const holder = await connect('migrator');
    const [row] = await holder.query(
      `select pg_try_advisory_lock(${MIGRATION_LOCK.classId}, ${MIGRATION_LOCK.id}) as held, pg_backend_pid() as pid`,
    );
    expect(row?.['held']).toBe(true);
    return Number(row?.['pid']);
  }

  const misuses = [
    { argv: ['--locks', '--terminate', '1'], said: /--locks and --terminate are 2 things/ },
    { argv: ['--locks', '--yes'], said: /--yes goes with --terminate/ },
    { argv: ['--terminate', 'all'], said: /number of a PostgreSQL process, and was "all"/ },
    {
      argv: ['--terminate', '1', '--yes'],
      said: /process 1 does not hold the migration lock\. No process does/,
    },
  ];
  it.each(misuses)('refuses $argv', async ({ argv, said }) => {
    expect(await doctor(...argv)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(said) });
  });

  it('says that no one holds the lock', async () => {
    expect(await doctor('--locks')).toEqual({
      code: 0,
      stdout: 'No one holds the migration lock.\n',
      stderr: '',
    });
  });

  it('shows who holds it, who waits for it and who is held up by it', async () => {
    const pid = await holdLock();
    await connect('migrator');
    const [holder] = opened;
    await holder?.query('begin');
    await holder?.query('lock table users');
    const victim = await connect('api');
    const answer = victim.query('select count(*) from users');
    try {
      const { stdout } = await until('the reader is held up', async () => {
        const seen = await manage(['db', 'doctor', '--locks'], { DATABASE_URL: database.url });
        return seen.stdout.includes('waits for the holder') && seen;
      });

      expect(stdout).toMatch(
        new RegExp(
          `^held by migrator .*, PostgreSQL process ${pid} .*idle in transaction since .*lock table users$`,
          'm',
        ),
      );
      expect(stdout).toMatch(/^connected to migrate too: migrator .*, PostgreSQL process \d+/m);
      expect(stdout).toMatch(/^waits for the holder: api .*, PostgreSQL process \d+ .*select count/m);
    } finally {
      await holder?.query('rollback');
      await answer;
    }
  });

  it('ends the holder after a confirmation, and no other', async () => {
    const pid = await holdLock();
    const other = await connect('migrator');
    const [own] = await other.query('select pg_backend_pid() as pid');

    expect(await doctor('--terminate', String(own?.['pid']), '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`It is ${pid}`),
    });
    expect(await doctor('--terminate', String(pid))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect((await doctor('--locks')).stdout).toContain(`PostgreSQL process ${pid}`);

    expect(await doctor('--terminate', String(pid), '--yes')).toMatchObject({ code: 0 });
    expect((await doctor('--locks')).stdout).toMatch(/^No one holds the migration lock\./);
  });

  it('says what right is missing when the user may not end it', async () => {
    const pid = await holdLock();
    const role = await createReadingRole(connection, database.url);
    try {
      const { code, stderr } = await runOperatorCommand(
        doctorCommand,
        ['--terminate', String(pid), '--yes'],
        {
          databaseUrl: role.url,
        },
      );

      expect({ code, stderr }).toEqual({ code: 11, stderr: expect.stringContaining('pg_signal_backend') });
    } finally {
      await role.drop();
    }
  });
});

function findProgram(name: string): string | undefined {
  try {
    return execFileSync('which', [name], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
