/** One PostgreSQL for a whole run of the tests, with one migrated database that each test file gets a copy of. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { present } from '../../src/core/shared/assert.ts';
import { project } from '../../src/server/schema.ts';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.ts';
import { migrateDatabase } from '../../src/migrator/run/migrate-database.ts';
import { onPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { removeAbandonedServers } from './abandoned-servers.ts';
import { trimCompileCache } from './compile-cache.ts';
import { memoryFolder } from './memory-folder.ts';
import { makeLargeFiles } from './large-files.ts';
import { quiet } from './quiet-log.ts';

const FOLDER_PREFIX = 'auto-forex-test-';

declare module 'vitest' {
  interface ProvidedContext {
    /** The migrated database that copies are made of. Nothing may stay connected to it. */
    readonly templateUrl: string;
  }
}

export async function setup(testProject: TestProject): Promise<() => Promise<void>> {
  // Another server than the embedded one, to test on its version: any database of it is named, and is not touched.
  const given = process.env['TEST_DATABASE_URL'];
  await trimCompileCache();
  await makeLargeFiles();
  const server = given === undefined ? await startOwnServer() : await makeTemplateOn(given);
  try {
    await migrateDatabase({ ...project, databaseUrl: server.url, log: quiet });
    await Promise.all(server.copied.map(connectTo));
    testProject.provide('templateUrl', server.url);
    return server.stop;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

interface TestServer {
  /** The database that becomes the template. */
  readonly url: string;
  /** Databases of ours that copies are made of. */
  readonly copied: readonly string[];
  readonly stop: () => Promise<void>;
}

async function startOwnServer(): Promise<TestServer> {
  await removeAbandonedServers(FOLDER_PREFIX);
  const folder = await mkdtemp(join(await memoryFolder(), FOLDER_PREFIX));
  // Run by root, PostgreSQL is another user and must get in; what it keeps in there is closed to all others.
  await chmod(folder, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDirectory: folder, isDurable: false, log: quiet });
  await trustOurUser(postgres.url);
  const empty = new URL(postgres.url);
  empty.pathname = 'template1';
  const stop = async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { url: postgres.url, copied: [postgres.url, empty.href], stop };
}

/**
 * Lets the tests' own user in without its password: proving and checking it is half the time of a connection, and tests make thousands.
 * Other roles prove theirs, and `test/persistence/embedded-postgres.test.ts` has a PostgreSQL as it is made.
 */
async function trustOurUser(url: string): Promise<void> {
  await onPlainConnection(url, 'check', async (query) => {
    const [rules] = await query<{ readonly file: string }>(`select current_setting('hba_file') as file`);
    const file = present(rules, 'the file of rules').file;
    const { username } = new URL(url);
    await writeFile(file, `host all ${username} 127.0.0.1/32 trust\n${await readFile(file, 'utf8')}`);
    await query('select pg_reload_conf()');
  });
}

/** The first connection writes down what it found out about the system's tables. Every copy has it then, and saves half of its first one. */
const connectTo = (url: string): Promise<unknown> =>
  onPlainConnection(url, 'check', (query) => query('select 1'));

async function makeTemplateOn(serverUrl: string): Promise<TestServer> {
  const name = `test_template_${randomBytes(6).toString('hex')}`;
  const administer = (sql: string): Promise<unknown> =>
    onPlainConnection(serverUrl, 'check', (query) => query(sql));
  await administer(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = name;
  return {
    url: url.href,
    copied: [url.href],
    stop: async () => void (await administer(`drop database if exists ${name} with (force)`)),
  };
}
