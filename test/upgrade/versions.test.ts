/** What `npm run drill:zero-downtime` deploys can be made from these sources: it changes them by their text. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { makeLaterVersions } from '../drills/renamed-column.ts';
import { mustRun } from '../drills/version-folder.ts';
import { createTestDatabase } from '../support/database.ts';
import { NODE_ENVIRONMENT } from '../support/node-environment.ts';
import { takeNumberedFolder } from '../support/numbered-folder.ts';
import type { TestDatabase } from '../support/database.ts';

/** Inside the project, so that packages resolve. */
const MADE = join(import.meta.dirname, '../.made');

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  // As the first of the versions leaves it, which has these very sources.
  database = await createTestDatabase();
  folder = await takeNumberedFolder(MADE, 'versions');
});

afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

async function columns(): Promise<string[]> {
  const connection = openPlainConnection(database.url);
  try {
    const rows = await connection.query(
      `select column_name as name from information_schema.columns
        where table_name = 'strategies' and column_name in ('name', 'title') order by 1`,
    );
    return rows.map(({ name }) => String(name));
  } finally {
    await connection.close();
  }
}

describe('the versions of the drill', () => {
  it('migrate one after the other, and the last leaves its contract until it is asked for', async () => {
    const settings = { ...NODE_ENVIRONMENT, DATABASE_URL: database.url };
    const start = { ...settings, MIGRATIONS: 'only' };
    const { expanded, contracted } = await makeLaterVersions(folder);

    expect(await columns()).toEqual(['name']);
    await mustRun(expanded, ['src/main.ts'], start);
    expect(await columns()).toEqual(['name', 'title']);
    await mustRun(contracted, ['src/main.ts'], start);
    expect(await columns()).toEqual(['name', 'title']);
    await mustRun(contracted, ['src/manage.ts', 'db', 'migrate', '--contract', '--yes'], settings);
    expect(await columns()).toEqual(['title']);
  });
});
