/** A release that may not be skipped, because what it does while it runs no migration can do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEmptyDatabase } from '../../support/database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { manage, start } from './start.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';
import type { Release } from './made-releases.ts';

const DOORS = 'Migration20900101000000_doors';
const KEYS = 'Migration20900101000001_keys';
const MORE = 'Migration20900101000002_more';
const SEALED = 'Migration20900101000003_sealed';

const sources = {
  [DOORS]: migrationSource({ up: ['create table doors (id int)', 'insert into doors values (1)'] }),
  [KEYS]: migrationSource({ up: ['create table keys (id int, sealed text)'] }),
  [MORE]: migrationSource({ up: ['create table more (id int)'] }),
};

let database: TestDatabase;
let folders: MigrationFolder[];
let before: Release;
let next: Release;

async function release(version: string, made: Readonly<Record<string, string>>): Promise<Release> {
  const folder = await makeMigrationFolder(made);
  folders.push(folder);
  return { version, folder: folder.path, head: Object.keys(made).at(-1) ?? '' };
}

beforeEach(async () => {
  folders = [];
  database = await createEmptyDatabase();
  // An older release ran and has rows: there is something that may not be skipped.
  const { [DOORS]: doors, [KEYS]: keys } = sources;
  await start(await release('1.3.0', { [DOORS]: doors }), database.url);
  before = await release('1.4.0', { [DOORS]: doors, [KEYS]: keys });
  next = await release('1.5.0', {
    ...sources,
    [SEALED]: migrationSource({
      up: ['alter table keys alter column sealed set not null'],
      statics: [
        `static override readonly stop = { after: '${KEYS}', version: '1.4.0', reason: 'its server seals the keys' };`,
      ],
    }),
  });
});

afterEach(async () => {
  for (const folder of folders) await folder[Symbol.asyncDispose]();
  await database.drop();
});

const tables = async () => {
  const connection = openPlainConnection(database.url);
  const rows = await connection.query(
    `select relname as name from pg_class where relname in ('keys', 'more') and relkind = 'r' order by 1`,
  );
  await connection.close();
  return rows.map(({ name }) => name);
};

const MESSAGE =
  /version 1\.4\.0 may not be skipped: its server seals the keys\. .*_sealed .*Nothing was done\. Start version 1\.4\.0, let it serve, and then start this one\./;

describe('a release with a stop', () => {
  it('is refused before anything is applied where that stop was skipped, by every command that would go there', async () => {
    expect(await start(next, database.url)).toMatchObject({
      type: 'migrations-pending',
      message: expect.stringMatching(MESSAGE),
    });
    for (const command of ['db migrate', 'db migrate --plan'])
      expect(await manage(next, database.url, command)).toMatchObject({
        code: 18,
        stderr: expect.stringMatching(MESSAGE),
      });
    expect((await manage(next, database.url, 'db doctor')).stdout).toMatch(
      /version 1\.4\.0 may not be skipped/,
    );
    expect((await manage(next, database.url, 'db status')).stdout).toMatch(
      /_sealed .*version 1\.4\.0 may not be skipped/,
    );
    expect(await tables()).toEqual([]);
  });

  it('is reached from there', async () => {
    expect(await start(before, database.url)).toEqual([KEYS]);

    expect(await start(next, database.url)).toEqual([MORE, SEALED]);
  });
});
