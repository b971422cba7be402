/** Waiting that somebody can end, and how long to wait before trying again. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Returns after this time; throws the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, { ...(signal && { signal }) });
  } catch {
    // Nothing else ends it early, and anyone who aborted hears his own words.
    signal?.throwIfAborted();
  }
}

/** Returns the delay before another try (0 is the first): it doubles, and is by chance a quarter longer or shorter, so that nobody keeps step. */
export function doublingDelayMs(attempt: number, firstMs: number, longestMs: number): number {
  return Math.round(Math.min(longestMs, firstMs * 2 ** attempt) * (0.75 + Math.random() / 2));
}
