/** A folder for one run of a drill, inside the checkout so that imports resolve, and ignored by git. */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

const DATA = join(import.meta.dirname, '../../.data');

/** Makes the folder, lets the drill work in it, and removes it whatever happened. */
export async function inDrillFolder<Result>(
  name: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  await mkdir(DATA, { recursive: true });
  const folder = await mkdtemp(join(DATA, `drill-${name}-`));
  // Run by root, PostgreSQL is another user and must get in.
  await chmod(folder, 0o711);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
