/** Threads that compute for long give way to the one that trades. */

import { getPriority, setPriority } from 'node:os';

/** A third of the processor's time of a thread that does not give way, when both want all of it. */
const BACKGROUND_PRIORITY = 5;

/** Lets the calling thread wait for the others of this machine. Only Linux has priorities of threads; elsewhere nothing changes. */
export function giveWay(): void {
  if (process.platform === 'linux') setPriority(Math.max(BACKGROUND_PRIORITY, getPriority()));
}
