/** When a migration that gave way to others is tried again. */

/** Bounds for trying again. There is never a last try without a time-out. */
export interface RetryLimits {
  readonly tries: number;
  /** No new try begins later than this after the first. */
  readonly budgetMs: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

/**
 * SQLSTATEs of a migration that was rolled back only because others used what it wanted: a lock that was not to be had in
 * time, a deadlock, a serialization failure. The same may go well a moment later.
 */
const PASSING = new Set(['55P03', '40P01', '40001']);

/** A failure of our own that passes, such as an index that another session is still building. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain';
}

/** Returns whether trying the same again may help. */
export function isPassing(error: unknown, sqlState: string | undefined): boolean {
  return error instanceof TryAgain || (sqlState !== undefined && PASSING.has(sqlState));
}

/**
 * Returns how long to wait before try number `tried` + 1, or undefined when it is time to give up. The delay doubles and is
 * a quarter longer or shorter by chance, so that it does not keep step with whatever blocks.
 */
export function delayBeforeRetry(
  tried: number,
  elapsedMs: number,
  { tries, budgetMs, firstDelayMs, longestDelayMs }: RetryLimits,
): number | undefined {
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (tried - 1)) * (0.75 + Math.random() / 2);
  return tried >= tries || elapsedMs + delayMs > budgetMs ? undefined : Math.round(delayMs);
}
