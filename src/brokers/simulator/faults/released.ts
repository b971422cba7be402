/** Waiting for what holds a request or an answer up. */

import { setTimeout as pause } from 'node:timers/promises';

/**
 * Resolves after `delayMs`, or when the fault is removed, which is the only end when there is no delay. False when the simulator closed
 * before.
 */
export async function released(
  delayMs: number | undefined,
  removed: AbortSignal,
  closing: AbortSignal,
): Promise<boolean> {
  const signal = AbortSignal.any([removed, closing]);
  if (delayMs === undefined) await aborted(signal);
  // A wait that is ended early rejects; either way it is over.
  else await pause(delayMs, undefined, { signal }).catch(() => undefined);
  return !closing.aborted;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
