import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateCommand } from '../../../src/migrator/commands/migrate.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createReadingRole } from '../commands/reading-role.ts';
import { runOperatorCommand } from '../commands/run-operator-command.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const name = (number: number, words: string): string => `Migration2026010100000${number}_${words}`;
const ONE = name(1, 'one');

const { database, connection } = useEmptyDatabase();
let folder: MigrationFolder;

beforeEach(async () => {
  folder = await makeMigrationFolder({
    [ONE]: migrationSource({
      up: ['create table orders (id int primary key, note varchar(20))', `create type mood as enum ('good')`],
      down: ['drop table orders', 'drop type mood'],
    }),
  });
  await run();
  await connection.query('insert into orders select i from generate_series(1, 20) i');
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

const run = (...argv: readonly string[]) =>
  runOperatorCommand(migrateCommand, argv, { databaseUrl: database.url, folder: folder.path });
const plan = (...argv: readonly string[]) => run('--plan', ...argv);
/** What `--json` gives. */
const planned = async (...argv: readonly string[]) => {
  const { code, stdout, stderr } = await plan(...argv, '--json');
  return { code, stderr, report: JSON.parse(stdout) };
};

async function add(
  ...sources: readonly (readonly [string, Parameters<typeof migrationSource>[0]])[]
): Promise<void> {
  for (const [file, text] of sources)
    await folder.write(file, migrationSource({ down: ['select 1'], ...text }));
  await folder.writeManifest();
}

/** Everything that a plan could leave behind. */
async function everything(): Promise<unknown> {
  return [
    await connection.query(
      `select table_name, column_name, data_type from information_schema.columns where table_schema = 'public' order by 1, 2`,
    ),
    await connection.query(`select * from mikro_orm_migrations order by id`),
    await connection.query(`select * from orders order by id`),
    await connection.query(
      `select relname, relfilenode from pg_class where relnamespace = 'public'::regnamespace order by 1`,
    ),
    await connection.query(`select count(*) as locks from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())`),
  ];
}

const nontransactional = ['static override readonly transactional = false;'];

describe('db migrate --plan', () => {
  it('is refused in words to a user that may not read what is applied', async () => {
    const role = await createReadingRole(connection, database.url);
    const words = { databaseUrl: role.url, folder: folder.path };

    const { code, stderr } = await runOperatorCommand(migrateCommand, ['--plan'], words);
    await role.drop();

    expect({ code, stderr }).toEqual({
      code: 11,
      stderr: expect.stringMatching(/^User .* lacks a right: .*\n$/),
    });
  });

  it('refuses a name that does not exist and offers the nearest', async () => {
    const { code, stdout, stderr } = await plan('onee');

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/no migration "onee".*_one/);
  });

  it('is refused in production, where --plan runs nothing', async () => {
    await add([name(2, 'two'), { up: ['alter table orders add column a int'] }]);
    const scene = {
      databaseUrl: database.url,
      folder: folder.path,
      environment: { NODE_ENV: 'production' },
    };
    const before = await everything();

    const tried = await runOperatorCommand(migrateCommand, ['--try'], scene);
    const listed = await runOperatorCommand(migrateCommand, ['--plan'], scene);

    expect(tried).toMatchObject({ code: 2, stderr: expect.stringMatching(/not for production.*--plan/) });
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining('add column a int') });
    expect(await everything()).toEqual(before);
  });

  it('refuses two names', async () => {
    expect((await plan('one', 'two')).code).toBe(2);
  });

  it('says that there is nothing to do', async () => {
    expect(await plan()).toMatchObject({ code: 0, stdout: expect.stringMatching(/would apply nothing\./) });
  });

  it('prints who would wait and what is rewritten, and runs nothing', async () => {
    await add(
      [
        name(2, 'two'),
        {
          up: [
            'alter table orders add column a uuid default gen_random_uuid()',
            'create index i on orders (note)',
          ],
        },
      ],
      [name(3, 'three'), { up: [`update orders set note = 'b' where id > 5`], phase: 'data' }],
      [name(4, 'four'), { up: ['alter table nothing add column a int'] }],
    );
    await connection.query('analyze orders');
    const before = await everything();

    const { code, stdout } = await plan();

    expect(code).toBe(0);
    expect(stdout).toMatch(
      /would apply 3\. Nothing was run.*\n\n +1 +Migration.*_two \(expand\)\n +alter table orders add.*\n +orders: reads and writes wait \(AccessExclusiveLock\); all rows are rewritten\n +About 20 rows\.\n/,
    );
    expect(stdout).toMatch(
      /_three \(data\)\n.*update orders.*\n +orders: writes of the same rows wait.*\n +About 20 rows/,
    );
    expect(await everything()).toEqual(before);
  });

  it('waits for no one who uses a table, not even where it is locked exclusively', async () => {
    await add([name(2, 'two'), { up: ['alter table orders add column a int'] }]);
    const holder = openPlainConnection(database.url);
    await holder.query('begin');
    await holder.query('lock table orders in exclusive mode');
    const amongWriters = await plan();
    await holder.query('lock table orders in access exclusive mode');

    const shutOut = await plan();
    await holder.close();

    expect(amongWriters.stdout).toContain('orders: reads and writes wait');
    expect(shutOut).toEqual(amongWriters);
  });

  it('prints what runs outside of a transaction', async () => {
    await add(
      [
        name(2, 'two'),
        { up: ['create unique index concurrently u on orders (note)'], statics: nontransactional },
      ],
      [name(3, 'three'), { up: ['alter table orders add constraint u unique using index u'] }],
    );

    const { report } = await planned();

    expect(report.migrations).toMatchObject([
      {
        transactional: false,
        statements: [{ scans: ['orders'], locks: [{ mode: 'ShareUpdateExclusiveLock' }] }],
      },
      { transactional: true, statements: [{ scans: [], locks: [{ mode: 'AccessExclusiveLock' }] }] },
    ]);
    expect((await plan()).stdout).toContain('_two (expand, outside of a transaction)');
  });

  it('goes to a target only, and leaves contracts waiting', async () => {
    await add(
      [name(2, 'two'), { up: ['select 2'] }],
      [name(3, 'three'), { up: ['alter table orders drop column note'], phase: 'contract' }],
      [name(4, 'four'), { up: ['select 4'] }],
    );
    const names = (report: { migrations: { name: string }[] }) => report.migrations.map((each) => each.name);

    const all = await planned();
    const two = await planned('two');

    expect(names(all.report)).toEqual([name(2, 'two'), name(4, 'four')]);
    expect(all.report.waiting).toEqual([name(3, 'three')]);
    expect(names(two.report)).toEqual([name(2, 'two')]);
    expect((await plan()).stdout).toContain(
      `Waiting until asked for (db migrate --contract): ${name(3, 'three')}`,
    );
  });

  it('plans the way back, with what it locks', async () => {
    const before = await everything();

    const { code, stdout } = await plan('zero');

    expect(code).toBe(0);
    expect(stdout).toMatch(
      /would revert 1\..*\n\n(?:.*\n)*.*drop table orders\n +orders: reads and writes wait/,
    );
    expect(await everything()).toEqual(before);
  });

  it('notes what is unusual, and refuses what db migrate refuses', async () => {
    await folder.write(name(0, 'late'), migrationSource({ up: ['select 0'], down: ['select 0'] }));
    await folder.writeManifest();
    expect((await plan()).stdout).toMatch(/Note: .*merged late \(.*_late\)/);

    await folder.remove(name(0, 'late'));
    expect((await plan()).code).toBe(17);
  });

  it('works on a database that was never migrated, and makes no table there', async () => {
    const empty = await createEmptyDatabase();
    const own = openPlainConnection(empty.url);
    try {
      const { code, stdout } = await runOperatorCommand(migrateCommand, ['--plan'], {
        databaseUrl: empty.url,
        folder: folder.path,
      });

      expect({ code, stdout }).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('create table orders'),
      });
      expect(
        await own.query(`select relname from pg_class where relnamespace = 'public'::regnamespace`),
      ).toEqual([]);
    } finally {
      await own.close();
      await empty.drop();
    }
  });
});
