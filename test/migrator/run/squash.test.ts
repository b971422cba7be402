/** A migration that stands for others, in every state that a database may be in. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { collectLog, openQuietMigrator } from '../../support/migrator.ts';
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

const { database, connection } = useEmptyDatabase();
let folder: MigrationFolder;

beforeEach(async () => {
  folder = await makeMigrationFolder(sources);
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

async function release({ keepsOriginals }: { readonly keepsOriginals: boolean }): Promise<void> {
  await folder.write(SQUASH, squash);
  await folder.write(LATER, later);
  if (!keepsOriginals) for (const name of ORIGINALS) await folder.remove(name);
  await folder.writeManifest();
}

/** Opened again each time, as each start of a server does. */
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
    `select format('%s.%s', relname, attname) as "column" from pg_class join pg_attribute on attrelid = pg_class.oid
      where relname in ('prices', 'notes') and attnum > 0 and not attisdropped order by 1`,
  );
const KEPT = ORIGINALS.map((name) => `${name} run`);
const WHOLE = ['notes.id', 'notes.text', 'prices.currency', 'prices.id'].map((column) => ({ column }));

describe.each([{ keepsOriginals: true }, { keepsOriginals: false }])(
  'a squash, with keepsOriginals $keepsOriginals',
  ({ keepsOriginals }) => {
    it('runs in the place of its originals on a fresh database', async () => {
      await release({ keepsOriginals });

      expect(await up()).toEqual([SQUASH, LATER]);

      const beside = keepsOriginals ? ORIGINALS.map((name) => `${name} squash`) : [];
      expect(await recorded()).toEqual([`${SQUASH} run`, `${LATER} run`, ...beside]);
      expect(await shape()).toEqual(WHOLE);
      expect(await up()).toEqual([]);
    });

    it('stands where its originals stood among what is applied, so that what came after them goes back first', async () => {
      await folder.write(LATER, later);
      await folder.writeManifest();
      await up();
      await release({ keepsOriginals });

      expect(await up()).toEqual([]);

      expect(await recorded()).toEqual([...KEPT, `${LATER} run`, `${SQUASH} squash`]);
      await using opened = openQuietMigrator(database.url, folder.path);
      expect((await opened.migrator.down({ to: 0 })).map(({ name }) => name)).toEqual([LATER, SQUASH]);
    });

    it('is recorded beside its originals without running where all of them are applied', async () => {
      await up();
      await release({ keepsOriginals });
      const log = collectLog();
      await using opened = openQuietMigrator(database.url, folder.path, { log });

      expect((await opened.migrator.up()).map(({ name }) => name)).toEqual([LATER]);

      expect(await recorded()).toEqual([...KEPT, `${SQUASH} squash`, `${LATER} run`]);
      expect((await opened.migrator.state()).tracked[3]).toMatchObject({
        note: `stands for ${ORIGINALS.join(', ')}`,
        phase: 'expand',
      });
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
  it('lets the rest of them run, and is recorded beside them in the same run', async () => {
    await up(PRICES);
    await up(CURRENCY);
    await release({ keepsOriginals: true });

    expect(await up()).toEqual([NOTES, LATER]);

    expect(await recorded()).toEqual([...KEPT, `${LATER} run`, `${SQUASH} squash`]);
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

describe('the version from before the squash', () => {
  const before = async () => makeMigrationFolder(sources);
  const startOf = async (version: MigrationFolder) => {
    await using opened = openQuietMigrator(database.url, version.path);
    return (await opened.migrator.up()).map(({ name }) => name);
  };

  it('still finds its own applied, and starts, after the squash was recorded and after it ran', async () => {
    await using old = await before();
    await up();
    await release({ keepsOriginals: true });
    await up();
    expect(await startOf(old)).toEqual([]);

    await using opened = openQuietMigrator(database.url, folder.path);
    await opened.migrator.down({ to: 0 });
    expect(await up()).toEqual([SQUASH, LATER]);
    expect(await startOf(old)).toEqual([]);
  });

  it('starts even when an original removed something that it knows about', async () => {
    const dropping = migrationSource({ up: ['alter table prices drop column currency'], phase: 'contract' });
    await using old = await makeMigrationFolder({ ...sources, [NOTES]: dropping });
    await startOf(old);
    await using squashed = await makeMigrationFolder({
      ...sources,
      [NOTES]: dropping,
      [SQUASH]: migrationSource({
        up: ['create table prices (id int)'],
        phase: 'contract',
        statics: [`static override readonly replaces = ${JSON.stringify(ORIGINALS)};`],
      }),
    });
    await startOf(squashed);
    expect(await recorded()).toEqual([...KEPT, `${SQUASH} squash`]);

    expect(await startOf(old)).toEqual([]);

    // One that is older still lacks what was removed.
    await old.remove(NOTES);
    await old.writeManifest();
    await expect(startOf(old)).rejects.toMatchObject({ type: 'database-ahead', facts: { ahead: [NOTES] } });
  });

  it('is refused, and runs nothing again, when the rows of the originals were deleted', async () => {
    await using old = await before();
    await up();
    await release({ keepsOriginals: true });
    await up();
    await release({ keepsOriginals: false });

    await using opened = openQuietMigrator(database.url, folder.path);
    for (const name of ORIGINALS) await opened.migrator.pruneRecord(name, { reason: 'test' });

    expect(await up()).toEqual([]);
    expect(await recorded()).toEqual([`${SQUASH} squash`, `${LATER} run`]);
    await expect(startOf(old)).rejects.toMatchObject({ type: 'database-ahead' });
  });
});

describe('going back', () => {
  beforeEach(async () => {
    await up();
    await release({ keepsOriginals: true });
    await up();
  });

  const down = async (to: string) => {
    await using opened = openQuietMigrator(database.url, folder.path);
    return (await opened.migrator.down({ to })).map(({ name }) => name);
  };

  it.each([{ keepsOriginals: true }, { keepsOriginals: false }])(
    'to the last original goes back to the squash, with keepsOriginals $keepsOriginals',
    async ({ keepsOriginals }) => {
      await release({ keepsOriginals });

      expect(await down(NOTES)).toEqual([LATER]);
      expect(await recorded()).toEqual([...KEPT, `${SQUASH} squash`]);

      expect(await up()).toEqual([LATER]);
    },
  );

  it('into the squash is refused, with where one can go', async () => {
    await expect(down(CURRENCY)).rejects.toMatchObject({
      type: 'command-invalid',
      message: expect.stringMatching(/M4_squash stands for M2_currency here.*Go to M4_squash, or/),
    });
    expect(await shape()).toEqual(WHOLE);
  });

  it('over the squash takes the rows of its originals along, so that it runs again when one goes forward', async () => {
    await using opened = openQuietMigrator(database.url, folder.path);

    expect((await opened.migrator.down({ to: 0 })).map(({ name }) => name)).toEqual([LATER, SQUASH]);
    expect(await recorded()).toEqual([]);

    expect(await up()).toEqual([SQUASH, LATER]);
    expect(await shape()).toEqual(WHOLE);
  });
});

describe('what people record', () => {
  it('is forgotten of a squash with its originals, and of an original not at all', async () => {
    await up();
    await release({ keepsOriginals: true });
    await up();
    await using opened = openQuietMigrator(database.url, folder.path);

    await expect(opened.migrator.removeRecord(NOTES, { reason: 'test' })).rejects.toThrow(
      /M4_squash stands for M3_notes here.*Name M4_squash instead/,
    );
    await opened.migrator.removeRecord(SQUASH, { reason: 'test' });

    expect(await recorded()).toEqual([`${LATER} run`]);
  });

  it('is recorded of a squash with its originals at the next start', async () => {
    await release({ keepsOriginals: true });
    await up(); // the tables are there
    await using opened = openQuietMigrator(database.url, folder.path);
    await opened.migrator.removeRecord(SQUASH, { reason: 'test' });

    await opened.migrator.recordFake([SQUASH], { reason: 'made by hand' });
    expect(await up()).toEqual([]);

    expect((await recorded()).toSorted()).toEqual(
      [...ORIGINALS.map((name) => `${name} squash`), `${SQUASH} fake`, `${LATER} run`].toSorted(),
    );
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
        down: ['drop table notes', 'drop table prices'],
        statics: [`static override readonly replaces = ${JSON.stringify([SQUASH, LATER])};`],
      }),
    );
    await folder.writeManifest();

    expect(await up()).toEqual([LATER]);

    const all = [...KEPT, `${SQUASH} squash`, `${LATER} run`, 'M6_squash squash'];
    expect(await recorded()).toEqual(all);
    expect(await up()).toEqual([]);

    // A later release has neither the first originals nor the first squash: what stood for what is in the table.
    for (const name of [...ORIGINALS, SQUASH, LATER]) await folder.remove(name);
    await folder.writeManifest();
    expect(await up()).toEqual([]);
    await using opened = openQuietMigrator(database.url, folder.path);
    expect((await opened.migrator.state()).ahead).toEqual([]);
    expect((await opened.migrator.down({ to: 0 })).map(({ name }) => name)).toEqual(['M6_squash']);
    expect(await recorded()).toEqual([]);
  });
});
