/** Folders that are in the same place run after run: what Node compiled of a file is kept by its path. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Makes the first that no other test has: `parent/name-1`. Its taker removes it. */
export async function takeNumberedFolder(parent: string, name: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  for (let number = 1; ; number += 1) {
    const path = join(parent, `${name}-${number}`);
    if (await made(path)) return path;
  }
}

async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
