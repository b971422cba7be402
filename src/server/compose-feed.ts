/** When the paper market begins: at once, or for a recording when a strategy trades it. */

import { hasStrategies, playedUntil, recoveredAt } from '../trading/market-start.ts';
import type { PriceFeed } from '../prices/feeds/price-feed.ts';
import type { PriceHub } from '../prices/feeds/price-hub.ts';
import type { AccountSupervisor } from '../trading/account-supervisor.ts';

/** What the market runs between. */
export interface FeedParts {
  readonly feed: PriceFeed;
  readonly hub: PriceHub;
  readonly supervisor: AccountSupervisor;
  /** Whether prices wait for the first running strategy: a recording would otherwise be over before one runs. */
  readonly waitsForStrategy: boolean;
}

/** Returns what starts the market where it stopped last, unless it runs already or no strategy waits for it. */
export function createFeedSwitch({ feed, hub, supervisor, waitsForStrategy }: FeedParts): () => void {
  let isStarted = false;
  return () => {
    if (isStarted || (waitsForStrategy && !hasStrategies(supervisor.running))) return;
    isStarted = true;
    const listener = {
      onQuote: hub.publishQuote.bind(hub),
      onClock: hub.publishClock.bind(hub),
      nextClockAt: supervisor.nextClockAt.bind(supervisor),
      settled: supervisor.settled.bind(supervisor),
    };
    // A sped-up market must not run backwards for any account; a recording is new to accounts that do not trade it.
    feed.start(listener, (waitsForStrategy ? playedUntil : recoveredAt)(supervisor.running));
  };
}
