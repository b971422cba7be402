/** Databases that cannot be had, or not be changed. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMigrator } from '../../../src/migrator/run/open-migrator.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import {
  createEmptyDatabase,
  createTestDatabase,
  inDatabase,
  withWrongPassword,
} from '../../support/database.ts';
import { quiet } from '../../support/quiet-log.ts';
import { project } from '../../../src/server/schema.ts';
import type { Migrator } from '../../../src/migrator/run/migrator.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';

/** Everything that asks or changes. None may take "cannot connect" for an answer. */
const QUESTIONS = {
  state: (migrator: Migrator) => migrator.state(),
  getPending: (migrator: Migrator) => migrator.getPending(),
  getExecuted: (migrator: Migrator) => migrator.getExecuted(),
  up: (migrator: Migrator) => migrator.up(),
  down: (migrator: Migrator) => migrator.down(),
  logMigration: (migrator: Migrator) => migrator.logMigration('backtests'),
} as const;
const cases: { readonly name: string; readonly ask: (migrator: Migrator) => Promise<unknown> }[] =
  Object.entries(QUESTIONS).map(([name, ask]) => ({ name, ask }));

async function withMigrator<Result>(
  databaseUrl: string,
  work: (migrator: Migrator) => Promise<Result>,
): Promise<Result> {
  const { migrator, close } = openMigrator({ ...project, databaseUrl });
  try {
    return await work(migrator.configure({ log: quiet }));
  } finally {
    await close();
  }
}

describe('a database that does not exist', () => {
  const missing = `missing_${randomBytes(4).toString('hex')}`;

  it.each(cases)('is an error for $name, and is not made', async ({ ask }) => {
    await expect(withMigrator(inDatabase(missing), ask)).rejects.toMatchObject({ code: '3D000' });

    const connection = openPlainConnection(inDatabase('postgres'));
    const made = await connection.query(`select from pg_database where datname = '${missing}'`);
    await connection.close();
    expect(made).toEqual([]);
  });
});

describe('a user with a wrong password', () => {
  it.each(cases)('is an error for $name, and nothing is called pending or up to date', async ({ ask }) => {
    const database = await createEmptyDatabase();
    const url = withWrongPassword(database.url, 'wrong');

    await expect(withMigrator(url, ask)).rejects.toMatchObject({ code: '28P01' });

    await database.drop();
  });
});

describe('a user who may only read', () => {
  const role = `reader_${randomBytes(4).toString('hex')}`;
  let migrated: TestDatabase;
  let empty: TestDatabase;
  let admin: PlainConnection;

  const asReader = (database: TestDatabase): string => {
    const url = new URL(database.url);
    [url.username, url.password] = [role, 'reader'];
    return url.href;
  };

  beforeAll(async () => {
    migrated = await createTestDatabase();
    empty = await createEmptyDatabase();
    admin = openPlainConnection(migrated.url);
    await admin.query(`create role ${role} login password 'reader'`);
    await admin.query(`grant select on mikro_orm_migrations to ${role}`);
  });

  afterAll(async () => {
    await admin.query(`drop owned by ${role}`);
    await admin.query(`drop role ${role}`);
    await admin.close();
    await migrated.drop();
    await empty.drop();
  });

  it('sees the state of a migrated database, and that there is nothing to do', async () => {
    const { pending, tracked } = await withMigrator(asReader(migrated), QUESTIONS.state);

    expect(pending).toEqual([]);
    expect(tracked.length).toBeGreaterThanOrEqual(4);
    expect(await withMigrator(asReader(migrated), QUESTIONS.up)).toEqual([]);
  });

  it('sees that an empty database lacks everything, and cannot change it', async () => {
    const { pending, tracked } = await withMigrator(asReader(empty), QUESTIONS.state);

    expect(tracked).toEqual([]);
    expect(pending.length).toBeGreaterThanOrEqual(4);
    await expect(withMigrator(asReader(empty), QUESTIONS.up)).rejects.toMatchObject({ code: '42501' });
    expect(await withMigrator(asReader(empty), QUESTIONS.getExecuted)).toEqual([]);
  });
});

describe('a session that cannot write at all', () => {
  it('sees the state', async () => {
    const database = await createTestDatabase();
    const admin = openPlainConnection(database.url);
    const name = new URL(database.url).pathname.slice(1);
    await admin.query(`alter database ${name} set default_transaction_read_only = on`);
    await admin.close();

    const { pending } = await withMigrator(database.url, QUESTIONS.state);

    expect(pending).toEqual([]);
    await database.drop();
  });
});

describe('a user with a schema of its own name, which comes before all others', () => {
  it('makes its tables there, where its names are looked up, and finds them again', async () => {
    const database = await createEmptyDatabase();
    const connection = openPlainConnection(database.url);
    const user = decodeURIComponent(new URL(database.url).username);
    await connection.query(`create schema "${user}"`);

    const applied = await withMigrator(database.url, (migrator) => migrator.up());

    expect(applied.length).toBeGreaterThan(0);
    const places = await connection.query(
      `select distinct relnamespace::regnamespace::text as schema from pg_class where relkind = 'r' and oid >= 16384`,
    );
    expect(places).toEqual([{ schema: user }]);
    expect((await withMigrator(database.url, QUESTIONS.state)).pending).toEqual([]);
    await connection.close();
    await database.drop();
  });
});
