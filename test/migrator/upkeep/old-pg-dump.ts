/** A pg_dump that is older than every server the tests run on, whatever this machine has: it only prints its version. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes it in this folder, and returns a PATH that finds it and nothing else. */
export async function oldPgDump(folder: string): Promise<string> {
  const program = join(folder, 'pg_dump');
  await mkdir(folder, { recursive: true });
  await writeFile(program, '#!/bin/sh\necho "pg_dump (PostgreSQL) 13.4"\n');
  await chmod(program, 0o755);
  return folder;
}
