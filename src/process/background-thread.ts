/** Threads that compute for long give way to the one that trades. */

import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { getPriority, setPriority } from 'node:os';
import { promisify } from 'node:util';

/** A tenth of the processor's time of a thread that does not give way, when both want all of it. */
const BACKGROUND_PRIORITY = 10;
const THREADS = '/proc/self/task';
/** How libuv names the threads that hash passwords, unpack files and look addresses up. */
const POOL_THREAD = 'libuv-worker';

/** Lets the calling thread wait for the others of this machine. Only Linux has priorities of threads; elsewhere, and where the system forbids it, nothing changes. */
export function giveWay(): void {
  if (process.platform === 'linux') lower(0);
}

/** Lets the threads of Node's pool wait for the others of this machine, for as long as the process lives; only on Linux, too. */
export async function givePoolWay(): Promise<void> {
  if (process.platform !== 'linux') return;
  // All of them are there once one has done something.
  await promisify(randomBytes)(1);
  // Without /proc they cannot be found.
  const ids = await readdir(THREADS).catch(() => []);
  const names = await Promise.all(ids.map(nameOf));
  for (const [index, id] of ids.entries()) if (names[index] === POOL_THREAD) lower(Number(id));
}

/** 0 is the calling thread. */
function lower(threadId: number): void {
  try {
    setPriority(threadId, Math.max(BACKGROUND_PRIORITY, getPriority(threadId)));
  } catch {
    // Some sandboxes forbid it. The thread then only competes with the one that trades, which is no reason not to trade.
  }
}

/** Another thread may end while this looks. */
async function nameOf(threadId: string): Promise<string | undefined> {
  const name = await readFile(`${THREADS}/${threadId}/comm`, 'utf8').catch(() => undefined);
  return name?.trim();
}
