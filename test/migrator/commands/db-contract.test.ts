/** `manage db migrate --contract`: what may run runs, what may not is named, and nothing is removed that is needed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateCommand } from '../../../src/migrator/commands/migrate.ts';
import { listMigrationFiles } from '../../../src/migrator/run/state/load-migrations.ts';
import { openMigrator } from '../../../src/migrator/run/open-migrator.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource, stepsSource } from '../../support/migration-folder.ts';
import { openQuietMigrator } from '../../support/migrator.ts';
import { quiet } from '../../support/quiet-log.ts';
import { manage, runOperatorCommand } from './run-operator-command.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const MIGRATIONS = join(import.meta.dirname, '../../../src/migrations');
const ADD = 'Migration20300101000000_add_remark';
const DROP_NOTE = 'Migration20300102000000_drop_note';
const DROP_WEIGHT = 'Migration20300103000000_drop_weight';

const { database, connection } = useEmptyDatabase();
let folder: MigrationFolder;

/** The server's own tables for backfills and copies, as their migration makes them. */
async function operationsSource(): Promise<string> {
  const file = (await listMigrationFiles(MIGRATIONS)).find(({ name }) => name.endsWith('_operations'));
  if (file === undefined) throw new Error('the migration of the operational tables is gone');
  return (await readFile(file.path, 'utf8')).replaceAll(`'../migrator/`, `'../../../src/migrator/`);
}

const dropColumn = (column: string, statics: readonly string[] = []): string =>
  migrationSource({
    up: [`alter table parcels drop column ${column}`],
    down: [`alter table parcels add column ${column} text`],
    phase: 'contract',
    statics,
  });

/** Adds migrations to a database that is in use already. */
async function add(sources: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, source] of Object.entries(sources)) await folder.write(name, source);
  await folder.writeManifest();
}

beforeEach(async () => {
  folder = await makeMigrationFolder({
    Migration20290101000000_operations: await operationsSource(),
    Migration20290102000000_parcels: migrationSource({
      up: ['create table parcels (id int primary key, note text, weight int)'],
      down: ['drop table parcels'],
    }),
  });
  const opened = openMigrator({ databaseUrl: database.url, folder: folder.path });
  opened.migrator.configure({ log: quiet });
  await opened.migrator.up();
  await opened.close();
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

const contract = (...words: readonly string[]) =>
  runOperatorCommand(migrateCommand, ['--contract', ...words], {
    databaseUrl: database.url,
    folder: folder.path,
    environment: { BACKUP_BEFORE_MIGRATE: 'off' },
  });

const addInstance = (head: string) =>
  connection.query(
    `insert into app_instances (id, version, migrations_head, host, pid) values (gen_random_uuid(), '0.9', '${head}', 'api-1', 7)`,
  );

async function columns(): Promise<unknown[]> {
  const rows = await connection.query(
    `select attname as name from pg_class join pg_attribute on attrelid = pg_class.oid
      where relname = 'parcels' and attnum > 0 and not attisdropped order by attnum`,
  );
  return rows.map(({ name }) => name);
}

describe('db migrate --contract', () => {
  it('has nothing to do where no contract waits', async () => {
    expect(await contract()).toMatchObject({ code: 0, stdout: 'No contract waits.\n' });
  });

  it('runs what nothing prevents, once', async () => {
    await add({ [DROP_NOTE]: dropColumn('note') });
    await addInstance(DROP_NOTE);

    const dry = await contract('--dry-run');
    const between = await columns();
    const outcome = await contract('--yes');

    expect(dry).toMatchObject({ code: 0, stdout: `${DROP_NOTE}: may run\n` });
    expect(between).toEqual(['id', 'note', 'weight']);
    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining(`applied ${DROP_NOTE} in `) });
    expect(await columns()).toEqual(['id', 'weight']);
    expect(await contract('--yes')).toMatchObject({ code: 0, stdout: 'No contract waits.\n' });
  });

  it('that fails says how to run it again, and nothing false of what ran before it', async () => {
    await add({ [DROP_NOTE]: dropColumn('note'), [DROP_WEIGHT]: dropColumn('absent') });

    const { code, stdout, stderr } = await contract('--yes');

    expect(code).toBe(13);
    expect(stdout).toContain(`applied ${DROP_NOTE}`);
    expect(stderr).not.toContain('Nothing was changed');
    expect(stderr).toContain('or run "manage db migrate --contract"; it continues with this contract');
  });

  it('prints the steps of one file in one line', async () => {
    const drop = (column: string) => `contract({ up: ['alter table parcels drop column ${column}'] })`;
    await add({ [DROP_NOTE]: stepsSource(drop('note'), drop('weight')) });
    const plain = await runOperatorCommand(migrateCommand, [], {
      databaseUrl: database.url,
      folder: folder.path,
    });

    const { stdout, stderr } = await contract();

    expect(plain.stdout).toContain(`waits: ${DROP_NOTE}/1, /2, until`);
    expect(stdout).toBe(`${DROP_NOTE}/1, /2: may run\n`);
    expect(stderr).toContain(`What ${DROP_NOTE}/1, /2 removes`);
  });

  it('asks before it removes something', async () => {
    await add({ [DROP_NOTE]: dropColumn('note') });

    expect(await contract()).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Nothing was done\. .*cannot be restored\. Pass --yes/),
    });
    expect(await columns()).toContain('note');
  });

  it('refuses while a copy of the server runs that does not know it', async () => {
    await add({ [DROP_NOTE]: dropColumn('note') });
    await addInstance(ADD);

    const { code, stderr, stdout } = await contract('--yes');

    expect(code).toBe(19);
    expect(stderr).toMatch(new RegExp(`^${DROP_NOTE} has to wait: the server at api-1 .*${ADD}`));
    expect(stdout).toMatch(`${DROP_NOTE}: has to wait\n  the server at api-1`);
    expect(await columns()).toContain('note');
  });

  it('runs what may run, and names what may not', async () => {
    await add({
      [DROP_NOTE]: dropColumn('note', [`static override readonly backfills = ['fill'];`]),
      [DROP_WEIGHT]: dropColumn('weight'),
    });

    const { code, stderr, stdout } = await contract('--yes');

    expect(code).toBe(19);
    expect(stderr).toBe(
      `${DROP_NOTE} has to wait: backfill fill has not been asked for; its migration may not be applied.\n`,
    );
    expect(stdout).toContain(`applied ${DROP_WEIGHT}`);
    expect(await columns()).toEqual(['id', 'note']);
  });

  it('runs one that needs another after it, in one go', async () => {
    await add({
      [DROP_NOTE]: dropColumn('note'),
      [DROP_WEIGHT]: dropColumn('weight', [`static override readonly requires = ['${DROP_NOTE}'];`]),
    });

    expect(await contract('drop_weight', '--yes')).toMatchObject({
      code: 19,
      stderr: expect.stringContaining(`${DROP_NOTE} comes before it`),
    });
    expect(await contract('--yes')).toMatchObject({ code: 0 });
    expect(await columns()).toEqual(['id']);
  });

  it('runs one that needs another for which a squash stands by now', async () => {
    const SQUASH = 'Migration20300102000001_squash';
    await add({
      [ADD]: migrationSource({ up: ['create table remarks (id int)'] }),
      [DROP_NOTE]: dropColumn('note'),
    });
    await using opened = openQuietMigrator(database.url, folder.path);
    await opened.migrator.up({ to: DROP_NOTE });
    await folder.remove(ADD);
    await folder.remove(DROP_NOTE);
    await add({
      [SQUASH]: migrationSource({
        up: ['create table remarks (id int)', 'alter table parcels drop column note'],
        phase: 'contract',
        statics: [`static override readonly replaces = ['${ADD}', '${DROP_NOTE}'];`],
      }),
      [DROP_WEIGHT]: dropColumn('weight', [`static override readonly requires = ['${DROP_NOTE}'];`]),
    });
    await opened.migrator.up();

    expect(await contract('--yes')).toMatchObject({ code: 0, stderr: '' });

    expect(await columns()).toEqual(['id']);
  });

  it('runs only what is named', async () => {
    await add({ [DROP_NOTE]: dropColumn('note'), [DROP_WEIGHT]: dropColumn('weight') });

    expect(await contract('drop_weight', '--yes')).toMatchObject({ code: 0 });

    expect(await columns()).toEqual(['id', 'note']);
  });

  it('does not run before what was expanded before it', async () => {
    await add({
      [ADD]: migrationSource({ up: ['alter table parcels add column remark text'], down: [] }),
      [DROP_NOTE]: dropColumn('note'),
    });

    expect(await contract('--yes')).toMatchObject({
      code: 19,
      stderr: expect.stringContaining(`${ADD} comes before it and is not applied`),
    });
    expect(await columns()).toContain('note');
  });

  it.each([
    [['parcels'], 'is no contract but expand'],
    [['drop_notes'], 'there is no migration "drop_notes"'],
  ])('does nothing for %j, and says what is wrong', async (words, sentence) => {
    await add({ [DROP_NOTE]: dropColumn('note') });

    expect(await contract(...words, '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(sentence),
    });
    expect(await columns()).toContain('note');
  });

  it('explains itself without a database', async () => {
    const { code, stdout } = await manage(['db', 'migrate', '--contract', '--help']);

    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('Usage: manage db migrate'),
    });
  });
});
