/** Minutes of equity are kept for a quarter of a year, by the time of the account's market; hours for good. */

import { DAY_MS } from '../../core/domain/trading-calendar.ts';
import type { EquityStore } from './equity-store.ts';

const MINUTES_KEPT_MS = 90 * DAY_MS;

/** Removes the minutes of all accounts that are too old, one account after the other, and returns how many there were. */
export async function removeOldEquity(
  store: Pick<EquityStore, 'accountIds' | 'removeOldMinutes'>,
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  for (const accountId of await store.accountIds()) {
    signal.throwIfAborted();
    removed += await store.removeOldMinutes(accountId, MINUTES_KEPT_MS);
  }
  return removed;
}
