/** When a migration that was rolled back for others is tried again. */

import { doublingDelayMs } from '../connect/pause.ts';
import { sqlStateOf } from './migration-failure.ts';

/** Bounds for trying again. There is never a last try without a time-out. */
export interface RetryLimits {
  readonly tries: number;
  /** No new try begins later than this after the first. */
  readonly budgetMs: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

/**
 * SQLSTATEs of a migration that was rolled back only because others used what it needed: a lock that it did not get in
 * time, a deadlock, a serialization failure. The same may succeed a moment later.
 */
const PASSING = new Set(['55P03', '40P01', '40001']);

/** A failure of our own that passes, such as an index that another session is still building. */
export class TryAgain extends Error {
  override readonly name = 'TryAgain';
}

/** Returns whether trying the same again may help. */
export function isPassing(error: unknown): boolean {
  return error instanceof TryAgain || PASSING.has(sqlStateOf(error) ?? '');
}

/** Returns how long to wait before try number `tried` + 1, or undefined when the time is over or trying again is useless. */
export function delayBeforeRetry(
  error: unknown,
  tried: number,
  elapsedMs: number,
  { tries, budgetMs, firstDelayMs, longestDelayMs }: RetryLimits,
): number | undefined {
  const delayMs = doublingDelayMs(tried - 1, firstDelayMs, longestDelayMs);
  return !isPassing(error) || tried >= tries || elapsedMs + delayMs > budgetMs ? undefined : delayMs;
}
