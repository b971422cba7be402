/** How long to wait before trying again. */

/** The first and the longest delay of a back-off, in milliseconds. */
export interface BackoffLimits {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * Returns the delay before attempt number `attempt` (0 is the first retry): a random part of a doubling delay
 * ("full jitter"), so that copies that failed together do not come back together. `random` is in [0, 1).
 */
export function backoffDelayMs(attempt: number, limits: BackoffLimits, random: number): number {
  const ceiling = Math.min(limits.longestMs, limits.firstMs * 2 ** attempt);
  return Math.max(limits.firstMs / 2, Math.round(ceiling * random));
}
