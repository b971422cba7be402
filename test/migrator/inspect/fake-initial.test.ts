import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planFakeInitial } from '../../../src/migrator/inspect/drift/fake-initial.ts';
import { readManifest } from '../../../src/migrator/run/state/manifest.ts';
import { withReader } from '../../../src/migrator/inspect/doctor/reader.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource, ownMigrations } from '../../support/migration-folder.ts';
import { replay } from './replayed.ts';
import { project } from '../../../src/server/schema.ts';
import { manage, runOperatorCommand } from '../commands/run-operator-command.ts';
import { migrateCommand } from '../../../src/migrator/commands/migrate.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';
import type { TrackedMigration } from '../../../src/migrator/run/state/migration-state.ts';

const own = await ownMigrations();
/** Enough to choose among: the schema is read and compared after each of them. */
const names = Object.keys(own).slice(0, 6);
const newest = names.at(-1) ?? '';

let first: MigrationFolder;
const { database, connection } = useEmptyDatabase();
beforeAll(async () => {
  first = await makeMigrationFolder(Object.fromEntries(names.map((name) => [name, own[name] ?? ''])));
});
afterAll(() => first[Symbol.asyncDispose]());

async function tracked(): Promise<readonly TrackedMigration[]> {
  return withReader({ ...project, databaseUrl: database.url }, async (reader) => {
    const comparison = await reader.compare();
    return comparison.tracked;
  });
}

const fakeInitial = (...words: readonly string[]) =>
  runOperatorCommand(migrateCommand, ['--fake-initial', ...words], {
    databaseUrl: database.url,
    folder: first.path,
  });

describe('a database made by the SQL of the migrations', () => {
  it('is refused when migrations are recorded in it', async () => {
    await replay(database.url, { folder: first.path });

    const { code, stderr } = await fakeInitial();

    expect(code).toBe(2);
    expect(stderr).toContain(`has ${names.length} migrations on record`);
  });

  it('is refused, with the differences, when it is not as any of them makes it', async () => {
    await replay(database.url, { folder: first.path, isRecorded: false });
    await connection.query(
      'alter table users drop column timezone; alter table orders alter column units type numeric',
    );

    const { code, stdout, stderr } = await fakeInitial();

    expect(code).toBe(2);
    expect(stdout).toContain('users.timezone is missing');
    expect(stdout).toContain('orders.units is numeric and should be bigint');
    expect(stderr).toMatch(
      new RegExp(
        `what those up to ${newest} make it differs in \\d+.*"manage db migrate --fake-initial NAME"`,
      ),
    );
    expect(await tracked()).toEqual([]);
  });

  it('is refused when it is empty', async () => {
    const { code, stderr } = await fakeInitial();

    expect(code).toBe(2);
    expect(stderr).toContain('none of our tables. db migrate makes them');
  });

  it('is printed and not changed by --dry-run', async () => {
    await replay(database.url, { folder: first.path, isRecorded: false });

    const { code, stdout } = await fakeInitial('--dry-run');

    expect(code).toBe(0);
    expect(stdout).toContain(`what ${names.length} of ${names.length} migrations make`);
    expect(await tracked()).toEqual([]);
  });

  it('gets all recorded as faked when it has all', async () => {
    await replay(database.url, { isRecorded: false });
    await connection.query('create table of_somebody_else (id int)');

    const { code, stdout } = await manage(['db', 'migrate', '--fake-initial'], {
      DATABASE_URL: database.url,
    });

    expect(code, stdout).toBe(0);
    expect(stdout).toContain('Left alone: table of_somebody_else is not ours.');
    const rows = await tracked();
    const { migrations } = await readManifest(project.folder);
    expect(rows.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name));
    for (const row of rows) expect(row).toMatchObject({ kind: 'fake', note: 'fake-initial' });
  });

  it('gets recorded what it has, and the rest stays pending', async () => {
    await replay(database.url, { folder: first.path, isRecorded: false, count: 2 });

    const { code, stdout } = await fakeInitial();

    expect(code, stdout).toBe(0);
    expect(stdout).toContain(`Pending then: ${names.slice(2).join(', ')}`);
    expect((await tracked()).map(({ name }) => name)).toEqual(names.slice(0, 2));
  });
});

describe('migrations that change rows only', () => {
  const ONE = 'Migration20260101000001_one';
  const TWO = 'Migration20260101000002_two';
  const THREE = 'Migration20260101000003_three';

  const makeFolder = () =>
    makeMigrationFolder({
      [ONE]: migrationSource({ up: ['create table things (id int primary key, price int not null)'] }),
      [TWO]: migrationSource({ up: ['update things set price = price * 100'], phase: 'data' }),
      [THREE]: migrationSource({ up: ['update things set price = price + 1'], phase: 'data' }),
    });

  it('are not guessed at when they come last', async () => {
    await using folder = await makeFolder();
    await replay(database.url, { folder: folder.path, isRecorded: false });

    await expect(planFakeInitial({ databaseUrl: database.url, folder: folder.path })).rejects.toThrow(
      new RegExp(
        `whether they have run: ${ONE}, ${TWO}, ${THREE}\\. Name the last .*"manage db migrate --fake-initial NAME"`,
      ),
    );
  });

  it.each([
    { to: 'one', planned: [ONE] },
    { to: TWO, planned: [ONE, TWO] },
  ])('are recorded up to $to when that is said', async ({ to, planned }) => {
    await using folder = await makeFolder();
    await replay(database.url, { folder: folder.path, isRecorded: false });

    const plan = await planFakeInitial({ databaseUrl: database.url, folder: folder.path, to });

    expect(plan.names).toEqual(planned);
  });
});
