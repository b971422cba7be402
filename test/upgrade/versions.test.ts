/** What `npm run drill:zero-downtime` deploys can be made from these sources: it changes them by their text. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { inDrillFolder } from '../drills/drill-folder.ts';
import { makeVersions } from '../drills/renamed-column.ts';
import { mustRun } from '../drills/version-folder.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { NODE_ENVIRONMENT } from '../support/node-environment.ts';
import type { TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await createEmptyDatabase();
});

afterEach(() => database.drop());

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
    const settings = { ...NODE_ENVIRONMENT, DATABASE_URL: database.url, MIGRATIONS: 'only' };
    await inDrillFolder('versions', async (folder) => {
      const { before, expanded, contracted } = await makeVersions(folder);

      await mustRun(before, ['src/main.ts'], settings);
      expect(await columns()).toEqual(['name']);
      await mustRun(expanded, ['src/main.ts'], settings);
      expect(await columns()).toEqual(['name', 'title']);
      await mustRun(contracted, ['src/main.ts'], settings);
      expect(await columns()).toEqual(['name', 'title']);
      await mustRun(contracted, ['src/manage.ts', 'db', 'migrate', '--contract', '--yes'], {
        ...NODE_ENVIRONMENT,
        DATABASE_URL: database.url,
      });
      expect(await columns()).toEqual(['title']);
    });
  });
});
