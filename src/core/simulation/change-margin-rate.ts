/** The account's own margin rate: a lower leverage than its instruments allow. */

import { isSafeFromCloseout } from './watch-margin.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/**
 * Writes the least margin rate that binds from now on, whatever the instrument, and returns true. Returns false and writes nothing
 * when it would close positions out, or when a price is missing that would show it (OANDA: MARGIN_RATE_WOULD_TRIGGER_CLOSEOUT).
 */
export function changeMarginRate(account: SimulatedAccount, marginRate: number): boolean {
  account.value.setLeastMarginRate(marginRate);
  const isPossible = isSafeFromCloseout(account) === true;
  account.value.setLeastMarginRate(account.ledger.marginRate);
  if (isPossible) account.write({ type: 'account-configured', marginRate });
  return isPossible;
}
