/** By which words people reach the commands: ours, Django's, and misspelt ones. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseCommands, findDatabaseCommand } from '../../../src/migrator/commands.ts';
import { migrateCommand } from '../../../src/migrator/commands/migrate.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createEmptyDatabase, createTestDatabase } from '../../support/database.ts';
import { manage as runManage } from '../../support/manage.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { manage, runOperatorCommand } from './run-operator-command.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

describe('the ten commands', () => {
  it('are listed in two groups, each with its name in Django', async () => {
    const { code, stdout } = await runManage(['--help']);

    expect(code).toBe(0);
    expect(stdout).toMatch(
      /The server:\n\n {2}create-admin [^]*The schema of its database:\n\n {2}db make .*\(Django: makemigrations\)/,
    );
    expect(databaseCommands).toHaveLength(10);
    expect((await manage(['db'])).stdout).toContain('  db shell ');
  });

  it.each(databaseCommands)('db $name has the same names in the list as in its help', async (listed) => {
    const { name, django } = await listed.load();

    expect({ name, django }).toEqual({ name: listed.name, django: listed.django });
  });

  it.each(databaseCommands.map(({ name }) => name))(
    'db %s explains itself without a database',
    async (name) => {
      const scene = { databaseUrl: 'postgresql://none@127.0.0.1:1/nothing' };
      const found = await findDatabaseCommand(['db', name, '--help']);

      const { code, stdout } = await runOperatorCommand(found?.command ?? migrateCommand, ['--help'], scene);

      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringMatching(`^Usage: manage db ${name} `),
      });
    },
  );

  it.each([
    [['db:plan'], 'There is no command "db:plan": manage --help lists them.'],
    [['db', 'migrat'], 'There is no command "db migrat": manage db --help lists them.'],
    [['db', 'status', '--jsno'], "Unknown option '--jsno'"],
    [['db', 'doctor', 'users'], 'db doctor takes no names, and was given users'],
    [['db', 'sql', 'one', '--backwards=x'], '--backwards'],
  ])('%j ends with 2 and one line', async (words, said) => {
    const { code, stdout, stderr } = await manage(words);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('hands that know Django', () => {
  const [ONE, TWO, THREE] = ['one', 'two', 'three'].map(
    (word, at) => `Migration2026010${at + 1}000000_${word}`,
  );
  let database: TestDatabase;
  let folder: MigrationFolder;

  beforeAll(async () => {
    database = await createEmptyDatabase();
    const table = (name: string) =>
      migrationSource({ up: [`create table ${name} (id int primary key)`], down: [`drop table ${name}`] });
    folder = await makeMigrationFolder({
      [ONE ?? '']: table('ones'),
      [TWO ?? '']: table('twos'),
      [THREE ?? '']: table('threes'),
    });
  });
  afterAll(async () => {
    await database.drop();
    await folder[Symbol.asyncDispose]();
  });

  const django = async (
    [name = '', ...words]: readonly string[],
    typed?: string,
    environment: Readonly<Record<string, string>> = {},
  ) => {
    const found = await findDatabaseCommand([name, ...words]);
    const scene = {
      databaseUrl: database.url,
      folder: folder.path,
      environment,
      ...(typed !== undefined && { typed }),
    };
    return runOperatorCommand(found?.command ?? migrateCommand, found?.argv ?? [], scene);
  };
  async function applied(): Promise<unknown[]> {
    const connection = openPlainConnection(database.url);
    try {
      return (await connection.query('select name from mikro_orm_migrations order by id')).map(
        ({ name }) => name,
      );
    } finally {
      await connection.close();
    }
  }

  it('see a plan that runs nothing, and that something is pending', async () => {
    const plan = await django(['migrate', 'trading', '--plan']).catch(() => undefined);
    const all = await django(['migrate', '--plan']);

    expect(plan?.code).toBe(2);
    expect(all).toMatchObject({ code: 0, stdout: expect.stringContaining('create table ones') });
    expect(await django(['migrate', '--check'])).toMatchObject({
      code: 1,
      stdout: `${ONE}\n${TWO}\n${THREE}\n`,
    });
    expect(await django(['showmigrations', 'trading', '--plan'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\[ \] {2}Migration\d+_one .*\n\[ \].*\n\[ \].*\n$/),
    });
  });

  it('migrate to 0002, to the beginning of a number, on, and back', async () => {
    expect(await django(['migrate', 'trading', '0002'])).toMatchObject({
      code: 0,
      stderr: 'There are no apps here: "trading" is ignored.\n',
    });
    expect(await applied()).toEqual([ONE, TWO]);

    expect(await django(['migrate', '--noinput'])).toMatchObject({ code: 0 });
    expect(await applied()).toEqual([ONE, TWO, THREE]);
    expect(await django(['migrate', '--check'])).toMatchObject({ code: 0 });

    const name = new URL(database.url).pathname.slice(1);
    expect(await django(['migrate', 'trading', '20260102'], name)).toMatchObject({ code: 0 });
    expect(await applied()).toEqual([ONE, TWO]);
    expect(await django(['migrate', 'trading', '0001'], name)).toMatchObject({ code: 0 });
    expect(await applied()).toEqual([ONE]);
    expect(await django(['migrate', 'trading', 'zero', '--yes'])).toMatchObject({ code: 0 });
    expect(await applied()).toEqual([]);
  });

  it('do not go back in production to a place in the order without being asked', async () => {
    await django(['migrate']);
    const production = { NODE_ENV: 'production' };

    expect(await django(['migrate', 'trading', '0001', '--yes'], undefined, production)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /0001 is a place in the order.*With --yes in production, name it: .*_one/,
      ),
    });
    expect(await applied()).toEqual([ONE, TWO, THREE]);
    // Nothing is at stake.
    expect(await django(['migrate', '0003', '--yes'], undefined, production)).toMatchObject({ code: 0 });
    expect(await django(['migrate', '0002', '--yes'])).toMatchObject({ code: 0 });
    expect(await applied()).toEqual([ONE, TWO]);
    await django(['migrate']);
    expect(await django(['migrate', '2026'])).toMatchObject({ code: 2 });
    expect(await applied()).toEqual([ONE, TWO, THREE]);
  });

  it('read the SQL, fake, and prune', async () => {
    expect((await django(['sqlmigrate', 'trading', '0002', '--backwards'])).stdout).toContain(
      'drop table twos;',
    );
    await django(['migrate', 'trading', 'zero', '--yes']);

    expect(
      await django(['migrate', '--fake', 'trading', '0003', '--through', '--reason', 'made by hand']),
    ).toMatchObject({
      code: 0,
    });
    expect(await applied()).toEqual([ONE, TWO, THREE]);
    expect(await django(['migrate', '--prune'])).toMatchObject({ code: 0 });
  });

  it('check, and look for changes that no migration makes', async () => {
    expect(await manage(['check'])).toMatchObject({ code: 0 });
    expect(await manage(['makemigrations', '--check', '--dry-run'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('No changes'),
    });
  });

  it('check the database, open its shell, and are refused to fake what is on record', async () => {
    const migrated = await createTestDatabase();
    const environment = { DATABASE_URL: migrated.url };
    try {
      expect((await manage(['check', '--database', 'default'], environment)).stdout).toMatch(/^ok +server$/m);
      expect((await manage(['dbshell', '--exec', 'select 1 as n'], environment)).stdout).toContain('(1 row)');
      expect(await manage(['migrate', '--fake-initial'], environment)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('on record'),
      });
    } finally {
      await migrated.drop();
    }
  });
});
