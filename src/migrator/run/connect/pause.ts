/** A pause that can be aborted, and how long to wait before trying again. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Returns after this time; throws the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, { ...(signal && { signal }) });
  } catch {
    // Only the signal ends it early, and its reason is the error.
    signal?.throwIfAborted();
  }
}

/** Returns the delay before another try (0 is the first): it doubles, randomly a quarter more or less, so that copies do not retry together. */
export function doublingDelayMs(attempt: number, firstMs: number, longestMs: number): number {
  return Math.round(Math.min(longestMs, firstMs * 2 ** attempt) * (0.75 + Math.random() / 2));
}
