/** Removes a database of our own with everything that was made for it. */

import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Removes a stopped database and its data folder; for data that was made to be thrown away. */
export async function removeEmbeddedPostgres(dataDirectory: string): Promise<void> {
  const dataFolder = resolve(dataDirectory);
  const outside = await readFile(join(dataFolder, 'postgres.location'), 'utf8').catch(() => undefined);
  if (outside !== undefined && (await belongsTo(outside.trim(), dataFolder))) {
    await rm(outside.trim(), { recursive: true, force: true });
  }
  await rm(dataFolder, { recursive: true, force: true });
}

async function belongsTo(folder: string, dataFolder: string): Promise<boolean> {
  const owner = await readFile(join(folder, 'belongs-to'), 'utf8').catch(() => '');
  return owner.trim() === dataFolder;
}
