/** Waiting that somebody can end. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Returns after this time; throws the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, { ...(signal && { signal }) });
  } catch {
    // Nothing else ends it early, and anyone who aborted is told in his own words.
    signal?.throwIfAborted();
  }
}
