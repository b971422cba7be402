/** Commands that bring the database up to date before they work: with the same guards as a start of the server. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/database.ts';
import { manage } from '../support/manage.ts';
import type { PlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../support/database.ts';

const TABLES = ['app_instances', 'backfill_jobs', 'database_backups'];

let database: TestDatabase;
let connection: PlainConnection;

async function open(made: Promise<TestDatabase>): Promise<void> {
  database = await made;
  connection = openPlainConnection(database.url);
}

afterEach(async () => {
  await connection.close();
  await database.drop();
});

const rebuild = (settings: Readonly<Record<string, string>>) =>
  manage(['rebuild-account', '--check'], { DATABASE_URL: database.url, ...settings });

const isThere = async (table: string) =>
  (await connection.query(`select to_regclass('${table}') is not null as found`))[0]?.['found'];

describe('a command on a database without tables', () => {
  beforeEach(() => open(createEmptyDatabase()));

  it('does not make them where MIGRATIONS=check', async () => {
    expect(await rebuild({ MIGRATIONS: 'check' })).toMatchObject({
      code: 18,
      stderr: expect.stringMatching(/^The database lacks Migration.*\n$/),
    });
    expect(await isThere('mikro_orm_migrations')).toBe(false);
  });

  it('does not make them in another database than the one that it works with', async () => {
    const other = await createEmptyDatabase();
    try {
      expect(await rebuild({ MIGRATION_DATABASE_URL: other.url })).toMatchObject({
        code: 78,
        stderr: expect.stringMatching(/^MIGRATION_DATABASE_URL leads to .*Nothing was done/),
      });
    } finally {
      await other.drop();
    }
    expect(await isThere('mikro_orm_migrations')).toBe(false);
  });
});

describe('a command on a database of an older version', () => {
  beforeEach(async () => {
    await open(createTestDatabase());
    await connection.query(`drop table ${TABLES.join(', ')}`);
    await connection.query(`delete from mikro_orm_migrations where name like '%_operations'`);
  });

  it('does not change it without the backup that a start would want', async () => {
    const settings = { BACKUP_BEFORE_MIGRATE: 'required', PATH: '/nowhere' };

    expect(await rebuild(settings)).toMatchObject({ code: 16 });
    expect(await isThere('app_instances')).toBe(false);
  });

  it('changes it otherwise', async () => {
    await rebuild({ BACKUP_BEFORE_MIGRATE: 'off' });

    expect(await Promise.all(TABLES.map(isThere))).toEqual([true, true, true]);
  });
});
