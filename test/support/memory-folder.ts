/** Where tests keep what they throw away. Files of a database are made and removed by the thousand, and a disk costs many times as much for it. */
import { statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';

/** Linux keeps it in memory. In a container it is often too small. */
export const IN_MEMORY = '/dev/shm';
/** Several times what a run of all tests has ever had at once. */
const NEEDED_BYTES = 2 * 1024 ** 3;

/** Returns a folder in memory when there is room for all that tests write, and the one for temporary files otherwise. */
export async function memoryFolder(): Promise<string> {
  const memory = await statfs(IN_MEMORY).catch(() => undefined);
  if (memory === undefined || memory.bavail * memory.bsize < NEEDED_BYTES) return tmpdir();
  return freemem() < NEEDED_BYTES ? tmpdir() : IN_MEMORY;
}
