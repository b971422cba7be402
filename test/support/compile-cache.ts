/** Where the processes that tests start keep their compiled code: a start is most of what they do. */
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const COMPILE_CACHE = join(tmpdir(), 'auto-forex-compile-cache');

/** Several checkouts with all their packages. What tests write into folders of random names is kept too, and never read again. */
const MOST_FILES = 20_000;

/** Empties it when it has grown too large. Processes that run meanwhile compile again. */
export async function trimCompileCache(): Promise<void> {
  const files = await readdir(COMPILE_CACHE, { recursive: true }).catch(() => []);
  if (files.length > MOST_FILES) await rm(COMPILE_CACHE, { recursive: true, force: true, maxRetries: 3 });
}
