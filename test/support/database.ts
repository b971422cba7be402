/** Databases for tests: a copy of the migrated one, or an empty one, under a name of its own. */
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import type { PlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';

export interface TestDatabase {
  readonly url: string;
  /** Removes it, with anyone who is still connected. */
  drop(): Promise<void>;
}

/** Returns a database with all tables and no rows. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = new URL(inject('templateUrl')).pathname.slice(1);
  return createDatabase(`template ${template}`);
}

/**
 * Returns a database with the server's own tables and no record of the server's contracts: for a test with a folder of its own, to
 * which a contract that it does not have would be one of a newer version.
 */
export async function createDatabaseBesideFolder(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  const connection = openPlainConnection(database.url);
  await connection.query(`delete from mikro_orm_migrations where phase = 'contract'`);
  await connection.close();
  return database;
}

/** Returns a database with nothing in it, for tests that migrate. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('');
}

/** Returns a copy of a database without connections. */
export async function copyDatabase({ url }: Pick<TestDatabase, 'url'>): Promise<TestDatabase> {
  return createDatabase(`template ${new URL(url).pathname.slice(1)}`);
}

async function createDatabase(options: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  // Copied as files and not through the log, which is twice as fast where nothing is flushed to disk.
  await administer(`create database ${name} strategy file_copy ${options}`);
  return {
    url: inDatabase(name),
    drop: () => administer(`drop database if exists ${name} with (force)`),
  };
}

/** Returns the address of another database on the tests' server. */
export function inDatabase(name: string): string {
  const url = new URL(inject('templateUrl'));
  url.pathname = name;
  return url.href;
}

/** Returns the address with a wrong password, of a user that must prove one: the tests' own need not. */
export function withWrongPassword(databaseUrl: string, wrong: string): string {
  const url = new URL(databaseUrl);
  [url.username, url.password] = ['stranger', wrong];
  return url.href;
}

/** One connection for all that a worker makes and removes: PostgreSQL spends more on a connection than on a copy. It ends with the worker. */
let administration: PlainConnection | undefined;

async function administer(sql: string): Promise<void> {
  administration ??= openPlainConnection(inDatabase('postgres'));
  await administration.query(sql);
}
