/** Clears away what test runs left behind that were killed before they could: PostgreSQL outlives its process on purpose. */
import { readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/persistence/embedded-postgres/embedded-postgres.ts';
import { IN_MEMORY } from './memory-folder.ts';
import { quiet } from './quiet-log.ts';
import type { Programs } from '../../src/persistence/embedded-postgres/embedded-postgres.ts';

/** A run that is only just beginning has not claimed its folder yet; none takes this long. */
const ABANDONED_AFTER_MS = 30 * 60_000;

/** Stops the servers in folders of this name that no living run owns, and removes the folders. */
export async function removeAbandonedServers(prefix: string, programs?: Programs): Promise<void> {
  for (const folder of await foldersOf(prefix)) {
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs < ABANDONED_AFTER_MS) continue;
    try {
      const settings = { dataDirectory: folder, isDurable: false, programs, log: quiet };
      const server = await startEmbeddedPostgres(settings);
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    } catch {
      // A run that takes longer than usual still owns it, or it is another user's.
    }
  }
}

async function foldersOf(prefix: string): Promise<string[]> {
  const lists = [tmpdir(), IN_MEMORY].map(async (parent) => {
    const names = await readdir(parent).catch(() => []);
    return names.filter((name) => name.startsWith(prefix)).map((name) => join(parent, name));
  });
  return (await Promise.all(lists)).flat();
}
