/** Recipes in migrations, run by the migrator as servers run it: on a new database, and on one that is in use. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listMigrationFiles } from '../../../src/migrator/run/state/load-migrations.ts';
import { openMigrator } from '../../../src/migrator/run/open-migrator.ts';
import { runBackfill } from '../../../src/migrator/upkeep/backfills/run-backfill.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { quiet } from '../../support/quiet-log.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const MIGRATIONS = join(import.meta.dirname, '../../../src/migrations');
const CONTRACT = 'Migration20300105000000_drop_note';

const { database, connection } = useEmptyDatabase();
let folder: MigrationFolder;

async function operationsSource(): Promise<string> {
  const file = (await listMigrationFiles(MIGRATIONS)).find(({ name }) => name.endsWith('_operations'));
  if (file === undefined) throw new Error('the migration of the operational tables is gone');
  return (await readFile(file.path, 'utf8')).replaceAll(`'../migrator/`, `'../../../src/migrator/`);
}

/** A migration that runs one step of a recipe, as a person writes it. */
const withRecipe = (step: string, statics: string) => `
import { createIndexConcurrently, Migration, renameColumnOnline, setNotNullOnline } from '../../../src/migrator/recipes.ts';

const rename = renameColumnOnline({ table: 'parcels', column: 'note', newName: 'remark', type: 'text', isRequired: true });
const required = setNotNullOnline({ table: 'parcels', column: 'remark' });
const index = createIndexConcurrently({ table: 'parcels', columns: ['remark'] });

export class TestMigration extends Migration {
  ${statics}

  override up(): void {
    this.addAll((${step}).up);
  }

  override down(): void {
    this.addAll((${step}).down);
  }
}
`;

const PARCELS = migrationSource({
  up: [
    'create table parcels (id int primary key, note text not null)',
    `insert into parcels select n, 'note ' || n from generate_series(1, 500) n`,
  ],
  down: ['drop table parcels'],
});

const RENAME = {
  Migration20300101000000_add_remark: withRecipe(
    'rename.expand',
    `static override readonly phase = 'expand';`,
  ),
  Migration20300102000000_index_remark: withRecipe(
    'index',
    `static override readonly phase = 'expand'; static override readonly transactional = false;`,
  ),
};

const AFTERWARDS = {
  Migration20300103000000_require_remark: withRecipe(
    '{ up: [...rename.fill.up, ...required.check.up], down: required.check.down }',
    `static override readonly phase = 'contract'; static override readonly backfills = ['parcels.remark'];`,
  ),
  Migration20300104000000_validate_remark: withRecipe(
    'required.validate',
    `static override readonly phase = 'contract'; static override readonly requires = ['Migration20300103000000_require_remark'];`,
  ),
  [CONTRACT]: withRecipe(
    'rename.contract',
    `static override readonly phase = 'contract'; static override readonly backfills = ['parcels.remark'];`,
  ),
};

async function add(sources: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, source] of Object.entries(sources)) await folder.write(name, source);
  await folder.writeManifest();
}

async function up(names?: readonly string[]): Promise<readonly string[]> {
  const opened = openMigrator({ databaseUrl: database.url, folder: folder.path });
  opened.migrator.configure({ log: quiet });
  try {
    const done = await opened.migrator.up(names === undefined ? undefined : { migrations: [...names] });
    return done.map(({ name }) => name);
  } finally {
    await opened.close();
  }
}

const backfills = () => connection.query('select name, state from backfill_jobs');

beforeEach(async () => {
  folder = await makeMigrationFolder({
    Migration20290101000000_operations: await operationsSource(),
    Migration20290102000000_parcels: PARCELS,
  });
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

describe('a renamed column', () => {
  it('is there with every row on a new database, where expand and contract run in one breath', async () => {
    await add({ ...RENAME, ...AFTERWARDS });

    expect(await up()).toContain(CONTRACT);

    expect(await connection.query("select count(*) as n from parcels where remark = 'note ' || id")).toEqual([
      { n: 500 },
    ]);
    expect(await backfills()).toEqual([{ name: 'parcels.remark', state: 'done' }]);
  });

  it('goes through expand, backfill and contract on one that is in use, each at its time', async () => {
    await up();
    await add({ ...RENAME, ...AFTERWARDS });

    expect(await up()).toEqual(Object.keys(RENAME));
    // While a copy lives, the backfill is its work.
    await connection.query(
      `insert into app_instances (id, version, migrations_head, host, pid) values (gen_random_uuid(), '9', 'Migration9', 'here', 1)`,
    );
    await expect(up(Object.keys(AFTERWARDS))).rejects.toThrow('backfill parcels.remark is pending');
    const { signal } = new AbortController();
    await runBackfill({ databaseUrl: database.url, name: 'parcels.remark', signal, restShare: 0 });
    expect(await up(Object.keys(AFTERWARDS))).toEqual(Object.keys(AFTERWARDS));

    expect(await connection.query("select count(*) as n from parcels where remark = 'note ' || id")).toEqual([
      { n: 500 },
    ]);
    await expect(connection.query('insert into parcels (id) values (0)')).rejects.toThrow('check');
  });
});
