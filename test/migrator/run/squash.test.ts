/** A migration that stands for others, in every state that a database may be in. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { collectLog, openQuietMigrator } from '../../support/migrator.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const ORIGINALS = ['M1_prices', 'M2_currency', 'M3_notes'] as const;
const [PRICES, CURRENCY, NOTES] = ORIGINALS;
const SQUASH = 'M4_squash';
const LATER = 'M5_later';

const sources = {
  [PRICES]: migrationSource({ up: ['create table prices (id int)'], down: ['drop table prices'] }),
  [CURRENCY]: migrationSource({
    up: ['alter table prices add column currency text'],
    down: ['alter table prices drop column currency'],
  }),
  [NOTES]: migrationSource({ up: ['create table notes (id int)'], down: ['drop table notes'] }),
};
const squash = migrationSource({
  up: ['create table prices (id int, currency text)', 'create table notes (id int)'],
  down: ['drop table notes', 'drop table prices'],
  statics: [`static override readonly replaces = ${JSON.stringify(ORIGINALS)};`],
});
const later = migrationSource({
  up: ['alter table notes add column text text'],
  down: ['alter table notes drop column text'],
  statics: [`static override readonly requires = ['${NOTES}'];`],
});

let database: TestDatabase;
let connection: PlainConnection;
let folder: MigrationFolder;

beforeEach(async () => {
  database = await createEmptyDatabase();
  connection = openPlainConnection(database.url);
  folder = await makeMigrationFolder(sources);
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
  await connection.close();
  await database.drop();
});

async function release({ keepsOriginals }: { readonly keepsOriginals: boolean }): Promise<void> {
  await folder.write(SQUASH, squash);
  await folder.write(LATER, later);
  if (!keepsOriginals) for (const name of ORIGINALS) await folder.remove(name);
  await folder.writeManifest();
}

/** Opened anew each time, as each start of a server does. */
async function up(target?: string): Promise<string[]> {
  await using opened = openQuietMigrator(database.url, folder.path);
  return (await opened.migrator.up(target)).map(({ name }) => name);
}

const recorded = async () =>
  (await connection.query('select name, kind from mikro_orm_migrations order by id')).map(
    ({ name, kind }) => `${String(name)} ${String(kind)}`,
  );
const shape = () =>
  connection.query(
    `select table_name || '.' || column_name as "column" from information_schema.columns
      where table_schema = 'public' and table_name in ('prices', 'notes') order by 1`,
  );
const WHOLE = ['notes.id', 'notes.text', 'prices.currency', 'prices.id'].map((column) => ({ column }));

describe.each([{ keepsOriginals: true }, { keepsOriginals: false }])(
  'a squash, with keepsOriginals $keepsOriginals',
  ({ keepsOriginals }) => {
    it('runs in the place of its originals on a fresh database', async () => {
      await release({ keepsOriginals });

      expect(await up()).toEqual([SQUASH, LATER]);

      expect(await recorded()).toEqual([`${SQUASH} run`, `${LATER} run`]);
      expect(await shape()).toEqual(WHOLE);
      expect(await up()).toEqual([]);
    });

    it('stands where its originals stood among what is applied, so that what came after them goes back first', async () => {
      await folder.write(LATER, later);
      await folder.writeManifest();
      await up();
      await release({ keepsOriginals });

      expect(await up()).toEqual([]);

      expect(await recorded()).toEqual([`${SQUASH} squash`, `${LATER} run`]);
      await using opened = openQuietMigrator(database.url, folder.path);
      expect((await opened.migrator.down({ to: 0 })).map(({ name }) => name)).toEqual([LATER, SQUASH]);
    });

    it('takes the place of its originals without running where all of them are applied', async () => {
      await up();
      await release({ keepsOriginals });
      const log = collectLog();
      await using opened = openQuietMigrator(database.url, folder.path, { log });

      expect((await opened.migrator.up()).map(({ name }) => name)).toEqual([LATER]);

      expect(await recorded()).toEqual([`${SQUASH} squash`, `${LATER} run`]);
      expect((await opened.migrator.state()).tracked[0]?.note).toBe(`stands for ${ORIGINALS.join(', ')}`);
      expect(log.lines).toContainEqual({
        level: 'info',
        fields: { squash: SQUASH, replaces: [...ORIGINALS] },
        message: expect.stringMatching(/nothing was run/),
      });
      expect(await shape()).toEqual(WHOLE);
      expect(await up()).toEqual([]);
    });

    it('is reverted as one afterwards', async () => {
      await up();
      await release({ keepsOriginals });
      await up();
      await using opened = openQuietMigrator(database.url, folder.path);

      await opened.migrator.down({ to: 0 });

      expect(await recorded()).toEqual([]);
      expect(await shape()).toEqual([]);
    });
  },
);

describe('a squash of which some originals are applied', () => {
  it('lets the rest of them run, and takes their place in the same run', async () => {
    await up(PRICES);
    await up(CURRENCY);
    await release({ keepsOriginals: true });

    expect(await up()).toEqual([NOTES, LATER]);

    expect((await recorded()).toSorted()).toEqual([`${SQUASH} squash`, `${LATER} run`]);
    expect(await shape()).toEqual(WHOLE);
    expect(await up()).toEqual([]);
  });

  it('is a clear error when the rest of them are gone, and nothing is done', async () => {
    await up(PRICES);
    await up(CURRENCY);
    await release({ keepsOriginals: false });

    await expect(up()).rejects.toMatchObject({
      type: 'migration-failed',
      message: expect.stringMatching(
        /M4_squash stands for .* M3_notes not, and their files are gone.*last version that still has them/,
      ),
      facts: { migration: SQUASH, missing: [NOTES] },
    });

    expect(await recorded()).toEqual([`${PRICES} run`, `${CURRENCY} run`]);
  });
});

describe('a squash of a squash', () => {
  it('is adopted in one run by a database that has the first originals', async () => {
    await up();
    await release({ keepsOriginals: true });
    await folder.write(
      'M6_squash',
      migrationSource({
        up: ['select 1'],
        statics: [`static override readonly replaces = ${JSON.stringify([SQUASH, LATER])};`],
      }),
    );
    await folder.writeManifest();

    expect(await up()).toEqual([LATER]);

    expect(await recorded()).toEqual(['M6_squash squash']);
    expect(await up()).toEqual([]);
  });
});
