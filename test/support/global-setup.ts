/** One PostgreSQL for a whole run of the tests, with one migrated database that each test file gets a copy of. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.ts';
import { migrateDatabase } from '../../src/persistence/migrator/migrate-database.ts';
import { removeAbandonedServers } from './abandoned-servers.ts';
import { quiet } from './quiet-log.ts';

const FOLDER_PREFIX = 'auto-forex-test-';

declare module 'vitest' {
  interface ProvidedContext {
    /** The migrated database that copies are made of. Nothing may stay connected to it. */
    readonly templateUrl: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeAbandonedServers(FOLDER_PREFIX);
  const folder = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
  // Run by root, PostgreSQL is another user and must get in; what it keeps in there is closed to everybody else.
  await chmod(folder, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDirectory: folder, isDurable: false, log: quiet });
  const stop = async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await migrateDatabase({ databaseUrl: postgres.url, log: quiet });
    project.provide('templateUrl', postgres.url);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
