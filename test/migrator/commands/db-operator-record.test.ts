/** db migrate --fake, --unfake and --prune: what the database remembers, changed with a reason and never by a misspelt name. */
import { userInfo } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateCommand } from '../../../src/migrator/commands/migrate.ts';
import { openMigrator } from '../../../src/migrator/run/open-migrator.ts';
import { createTestDatabase } from '../../support/database.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { manage, runOperatorCommand } from './run-operator-command.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const ONE = 'Migration20260101000001_one';
const TWO = 'Migration20260101000002_two';
const THREE = 'Migration20260101000003_three';
const FOUR = 'Migration20260101000004_four';
const REASON = ['--reason', 'made by hand'];

const { database, connection } = useEmptyDatabase();
let folder: MigrationFolder;

beforeEach(async () => {
  const source = migrationSource({ up: ['select 1'], down: ['select 1'] });
  folder = await makeMigrationFolder({ [ONE]: source, [TWO]: source, [THREE]: source, [FOUR]: source });
  const opened = openMigrator({ databaseUrl: database.url, folder: folder.path });
  await opened.migrator.up({ to: ONE });
  await opened.close();
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

const run = (...argv: string[]) =>
  runOperatorCommand(migrateCommand, argv, { databaseUrl: database.url, folder: folder.path });

async function applied(): Promise<unknown[]> {
  return (await connection.query('select name from mikro_orm_migrations order by id')).map(
    ({ name }) => name,
  );
}

describe('db migrate --fake', () => {
  const refusals = [
    { argv: ['two'], said: /Say why with --reason/ },
    { argv: ['two', '--reason', ' '], said: /Say why with --reason/ },
    { argv: REASON, said: /needs the name/ },
    { argv: ['tow', ...REASON], said: /no migration "tow".*_two/ },
    { argv: ['one', ...REASON], said: /_one is applied already/ },
    { argv: ['two', 'three', '--through', ...REASON], said: /up to one migration/ },
  ];
  it.each(refusals)('refuses $argv and records nothing', async ({ argv, said }) => {
    const { code, stderr } = await run('--fake', ...argv);

    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(said) });
    expect(await applied()).toEqual([ONE]);
  });

  it('refuses what a squash stands for', async () => {
    const squash = 'Migration20260101000009_squash';
    const statics = [`static override readonly replaces = ['${ONE}', '${TWO}'];`];
    await folder.write(squash, migrationSource({ up: ['select 1'], statics }));
    await folder.writeManifest();

    const { code, stderr } = await run('--fake', 'squash', ...REASON);

    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('originals stand for') });
  });

  it('records one with its reason, its user and its machine, and does not run it', async () => {
    const { code, stdout } = await run('--fake', 'three', ...REASON);

    expect({ code, stdout }).toEqual({ code: 0, stdout: `recorded ${THREE} as applied; it did not run\n` });
    expect(
      await connection.query(
        `select kind, note, applied_by like '%(${userInfo().username})' as by_user, host is not null as has_host, duration_ms
           from mikro_orm_migrations where name = '${THREE}'`,
      ),
    ).toEqual([{ kind: 'fake', note: 'made by hand', by_user: true, has_host: true, duration_ms: null }]);
  });

  it('records all that are pending up to one', async () => {
    await run('--fake', 'two', ...REASON);

    expect(await run('--fake', 'four', '--through', ...REASON)).toMatchObject({ code: 0 });

    expect(await applied()).toEqual([ONE, TWO, THREE, FOUR]);
  });
});

describe('db migrate --unfake', () => {
  const refusals = [
    { argv: ['one'], said: /Say why with --reason/ },
    { argv: ['two', ...REASON], said: /no migration "two"/ },
    { argv: ['one', 'two', ...REASON], said: /one migration/ },
    { argv: ['one', ...REASON], said: /Nothing was done\. .*_one ran on this database.*--yes/ },
    { argv: ['unknown', ...REASON], said: /db migrate --prune/ },
  ];
  it.each(refusals)('refuses $argv and forgets nothing', async ({ argv, said }) => {
    await connection.query(
      `insert into mikro_orm_migrations (name) values ('Migration20250101000000_unknown')`,
    );

    const { code, stderr } = await run('--unfake', ...argv);

    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(said) });
    expect(await applied()).toHaveLength(2);
  });

  it('forgets a fake at once, and one that ran after a confirmation', async () => {
    await run('--fake', 'two', ...REASON);

    expect(await run('--unfake', 'two', ...REASON)).toMatchObject({
      code: 0,
      // As its help promises.
      stderr: expect.stringContaining(`by ${userInfo().username}, reason made by hand`),
    });
    expect(await applied()).toEqual([ONE]);

    expect(await run('--unfake', 'one', ...REASON, '--yes')).toMatchObject({ code: 0 });
    expect(await applied()).toEqual([]);
  });
});

describe('db migrate --prune', () => {
  const SQUASH = 'Migration20260101000000_squash';
  const OLD = 'Migration20250101000000_removed';
  const LATE = 'Migration20260101000001_zero_of_another_branch';
  const NEWER = 'Migration20270101000000_newer';

  beforeEach(async () => {
    await connection.query(
      `insert into mikro_orm_migrations (name, phase, app_version, note) values
         ('${OLD}', 'expand', '0.0.9', null), ('${LATE}', 'expand', '99.0.0', null), ('${NEWER}', 'expand', '0.0.9', null),
         ('${SQUASH}', 'expand', '0.0.9', 'stands for ${OLD}')`,
    );
  });

  it('shows what it would delete and asks before', async () => {
    const { code, stdout, stderr } = await run('--prune');

    expect(code).toBe(2);
    expect(stdout).toMatch(new RegExp(`delete  ${OLD} `));
    expect(stdout).toMatch(new RegExp(`keep    ${LATE} `));
    expect(stdout).toMatch(new RegExp(`keep    ${NEWER} `));
    expect(stderr).toMatch(/Nothing was done.*--yes/);
    expect(await applied()).toEqual([ONE, OLD, LATE, NEWER, SQUASH]);
  });

  it('deletes what a squash has outlived, and not what another version may own', async () => {
    expect(await run('--prune', '--yes')).toMatchObject({ code: 0 });

    expect(await applied()).toEqual([ONE, LATE, NEWER, SQUASH]);
  });

  it('deletes what another version may own only by its name', async () => {
    expect(await run('--prune', 'newer', '--yes')).toMatchObject({ code: 0 });

    expect(await applied()).toEqual([ONE, OLD, LATE, SQUASH]);
  });

  it('refuses the name of a migration that this version has', async () => {
    const { code, stderr } = await run('--prune', 'one', '--yes');

    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no migration "one"'),
    });
    expect(await applied()).toEqual([ONE, OLD, LATE, NEWER, SQUASH]);
  });

  it('has nothing to do on a database of this version', async () => {
    const migrated = await createTestDatabase();
    try {
      const { code, stdout } = await manage(['db', 'migrate', '--prune'], { DATABASE_URL: migrated.url });

      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: 'Every row belongs to a migration that this version has.\n',
      });
    } finally {
      await migrated.drop();
    }
  });
});
