/** By what a migration is known again: by what it does, however its file spells it; and the files by their texts. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { textChecksum } from '../../../src/migrator/run/state/checksum.ts';
import { readInstallation } from '../../../src/migrator/run/state/installation.ts';
import { makeManifest, manifestText, readManifest } from '../../../src/migrator/run/state/manifest.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { makeMigrationFolder, migrationSource, stepsSource } from '../../support/migration-folder.ts';
import { startMigrateProcess } from '../../support/migrate-processes.ts';
import { openQuietMigrator } from '../../support/migrator.ts';
import { project } from '../../../src/server/schema.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const NAME = 'Migration20260101000001_noted';
const NOTED = migrationSource({ up: ['create table noted (id int)'], down: ['drop table noted'] });

let folder: MigrationFolder;

beforeEach(async () => {
  folder = await makeMigrationFolder({ [NAME]: NOTED });
});

afterEach(() => folder[Symbol.asyncDispose]());

const write = (file: string, text: string) => writeFile(join(folder.path, file), text);

async function checksumOf(source: string): Promise<string | undefined> {
  await folder.write(NAME, source);
  return (await makeManifest(folder.path)).migrations[0]?.checksum;
}

describe('the checksum of a migration', () => {
  const same = [
    ['a comment', NOTED.replace('override up', '/** Notes. */\n  override up')],
    ['another indentation', NOTED.replaceAll('\n  ', '\n      ')],
    ['line ends of another system', NOTED.replaceAll('\n', '\r\n')],
    [
      'another way to say it',
      NOTED.replace(
        'this.addSql("create table noted (id int)")',
        `this.addAll(['create table noted (id int);'])`,
      ),
    ],
    [
      'a word for squashes',
      NOTED.replace('{\n  static', '{\n  static override readonly backfills = [];\n  static'),
    ],
  ] as const;
  it.each(same)('stays with %s', async (_, source) => {
    expect(source).not.toBe(NOTED);
    const before = await checksumOf(NOTED);

    expect(await checksumOf(source)).toBe(before);
  });

  const other = [
    ['another statement', NOTED.replace('id int', 'id bigint')],
    ['another way back', NOTED.replace('drop table', 'drop table if exists')],
    ['another phase', NOTED.replace(`'expand'`, `'data'`)],
    [
      'no transaction',
      NOTED.replace('{\n  static', '{\n  static override readonly transactional = false;\n  static'),
    ],
    ['no way back', NOTED.replace('override down', 'protected other')],
  ] as const;
  it.each(other)('changes with %s', async (_, source) => {
    expect(source).not.toBe(NOTED);
    const before = await checksumOf(NOTED);

    expect(await checksumOf(source)).not.toBe(before);
  });

  it('of one that asks the database is that of its text, wherever its imports lie', async () => {
    const asks = NOTED.replace(
      'override up(): void {',
      'override async up(): Promise<void> {\n await this.execute("select 1");',
    );
    const before = await checksumOf(asks);

    expect(await checksumOf(asks.replace('import {', '\nimport   {'))).toBe(await checksumOf(`\n${asks}`));
    expect(await checksumOf(asks.replace('migrator/recipes.ts', 'migrator/run/migration.ts'))).toBe(before);
    expect(await checksumOf(asks.replace('select 1', 'select 2'))).not.toBe(before);
  });

  it('of each step of a file is its own', async () => {
    const steps = (second: string) =>
      stepsSource(`expand({ up: ['select 1'], down: [] })`, `expand({ up: ['${second}'], down: [] })`);
    await folder.write(NAME, steps('select 2'));
    const { migrations: before } = await makeManifest(folder.path);

    await folder.write(NAME, steps('select 3'));
    const { migrations: after } = await makeManifest(folder.path);

    expect(
      after.map(({ name, checksum }) => [
        name,
        checksum === before.find((each) => each.name === name)?.checksum,
      ]),
    ).toEqual([
      [`${NAME}/1`, true],
      [`${NAME}/2`, false],
    ]);
  });
});

describe('an installation', () => {
  it('is looked at without loading a migration', async () => {
    const source = `throw new Error('it was loaded');\n`;
    await folder.write(NAME, source);
    const entry = {
      name: NAME,
      checksum: '',
      text: textChecksum(source),
      phase: 'expand',
      transactional: true,
    } as const;
    await write('manifest.json', manifestText({ migrations: [entry], head: NAME }));

    expect((await readInstallation(folder.path)).files).toHaveLength(1);
    await expect(makeManifest(folder.path)).rejects.toThrow('it was loaded');
  });

  it('is not whole when a text was changed, even by a comment', async () => {
    await folder.write(NAME, `${NOTED}// Later.\n`);

    await expect(readInstallation(folder.path)).rejects.toMatchObject({ type: 'installation-incomplete' });
  });
});

describe('with a database', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createEmptyDatabase();
  });

  afterEach(() => database.drop());

  it('a recipe that was changed under a signed migration stops the run before the first change', async () => {
    const later = 'Migration20260101000002_later';
    await mkdir(join(folder.path, 'lib'));
    await write('lib/recipe.ts', `export const statement = 'create table later (id int)';\n`);
    const source = migrationSource({ up: [] }).replace(
      'up(): void {',
      'up(): void {\n    this.addSql(statement);',
    );
    await folder.write(later, `import { statement } from './lib/recipe.ts';\n${source}`);
    await folder.writeManifest();
    await write('lib/recipe.ts', `export const statement = 'create table other (id int)';\n`);

    const fresh = startMigrateProcess();
    const answer = await fresh.migrate(database.url, folder.path);
    await fresh.end();

    expect(answer).toMatchObject({
      failure: expect.stringMatching(/later would not do what the manifest was made for/),
    });
    const connection = openPlainConnection(database.url);
    expect(await connection.query(`select to_regclass('noted') as noted`)).toEqual([{ noted: null }]);
    await connection.close();
  });

  it('other words in the file of what is applied are no edit of it, other statements are', async () => {
    await using opened = openQuietMigrator(database.url, folder.path);
    await opened.migrator.up();

    await folder.write(NAME, NOTED.replace('override up', '// Notes.\n  override up'));
    await folder.writeManifest();
    expect((await opened.migrator.state()).edited).toEqual([]);
    await folder.write(NAME, NOTED.replace('id int', 'id bigint'));
    await folder.writeManifest();

    expect((await opened.migrator.state()).edited).toMatchObject([{ name: NAME }]);
  });

  it('a checksum under which an older version recorded it is no edit, and is recorded for that version', async () => {
    const [entry] = (await readManifest(folder.path)).migrations;
    const former = { ...entry, formerly: ['oldest', 'older'] };
    await write('manifest.json', `{\n"migrations": [\n${JSON.stringify(former)}\n],\n"head": "${NAME}"\n}\n`);
    const connection = openPlainConnection(database.url);
    await using opened = openQuietMigrator(database.url, folder.path);

    await opened.migrator.up();

    expect(await connection.query('select checksum from mikro_orm_migrations')).toEqual([
      { checksum: 'oldest' },
    ]);
    for (const [checksum, edited] of [
      ['oldest', 0],
      ['older', 0],
      [entry?.checksum, 0],
      ['strange', 1],
    ] as const) {
      await connection.query(`update mikro_orm_migrations set checksum = '${checksum}'`);
      expect([checksum, (await opened.migrator.state()).edited.length]).toEqual([checksum, edited]);
    }
    await connection.close();
  });
});

describe('the server’s own migrations', () => {
  // What version 0.1.0 recorded, which had their texts as checksums.
  const RELEASED = {
    accounts_initial: 'cbb5a2e3b10b86eca24a207d97b98ee0bc509aab570205e518e6f52e80b0c3aa',
    trading_initial: '3ff3a20c21183bea8fc0ff5af43b77157c334e221390a9943b870922f9b49175',
    event_logging: 'b4d15cd64ed85c69348be75d8fb611f63a657c158375d2c90bad0853fb33cf44',
    backtests: '868626b86f0f2597382ccf406fbf3ecb224b5ade7aec2a830eca3adbcdc0423f',
    operations: '6c4425719b2e0983fc48edb10059e78bf7b5419b3d17b743f4bafff2a756b0d0',
  };
  it.each(Object.entries(RELEASED))(
    'are recorded as the first release knows them: %s',
    async (words, checksum) => {
      const { migrations } = await readManifest(project.folder);

      expect(migrations.find(({ name }) => name.endsWith(`_${words}`))?.formerly?.[0]).toBe(checksum);
    },
  );

  it('are listed as their files make them, with what no file makes', async () => {
    const text = await readFile(join(project.folder, 'manifest.json'), 'utf8');

    expect(manifestText(await makeManifest(project.folder))).toBe(text);
  });
});
