/** A PostgreSQL of the benchmarks' own, migrated, in a folder that is thrown away. */

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../src/persistence/embedded-postgres/embedded-postgres.ts';
import { project } from '../src/server/schema.ts';
import { migrateDatabase } from '../src/migrator/index.ts';

/** A log that says nothing. */
export const quietLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Starts it, hands its address to `use`, and throws it away. */
export async function withDatabase<T>(use: (databaseUrl: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'auto-forex-bench-'));
  // Run by root, PostgreSQL is another user and must get in; what it keeps in there is closed to all others.
  await chmod(folder, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDirectory: folder, log: quietLog });
  try {
    await migrateDatabase({ ...project, databaseUrl: postgres.url, log: quietLog });
    return await use(postgres.url);
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
