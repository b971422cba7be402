/** Working out which quotes of a market are quiet after requests, without a look at its next quote. */

import { foreseeMargin } from './watch-margin.ts';
import type { InstrumentMarket } from './instrument-market.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/**
 * Settles a market whose next quote need not be looked at: it has a price to trade on, is inside no candle, and nothing waits for that quote
 * whatever it is.
 */
export function settleMarket(
  account: SimulatedAccount,
  instrumentName: string,
  market: InstrumentMarket,
): void {
  const { ledger, options, unchargedDayEnds } = account;
  if (options.costs.depth || unchargedDayEnds.length > 0 || ledger.delayedClosures.size > 0) return;
  if (market.heldAfter !== Infinity || account.tradableQuote(instrumentName) === undefined) return;
  if (foreseeMargin(account)) market.settle();
}
