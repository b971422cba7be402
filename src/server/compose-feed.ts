/** When the paper market begins: at once, or, if it is a recording, with the first strategy that trades it. */

import type { PriceFeed } from '../prices/feeds/price-feed.ts';
import type { PriceHub } from '../prices/feeds/price-hub.ts';
import type { Traders } from '../trading/account-supervisor.ts';

/** What the market runs between. */
export interface FeedParts {
  readonly feed: PriceFeed;
  readonly hub: PriceHub;
  readonly traders: Traders;
  /** Whether prices wait for the first running strategy: a recording that ends before is of no use. */
  readonly waitsForStrategy: boolean;
}

/** Returns what starts the market where it stopped last, unless it runs already or waits for a strategy. */
export function createFeedSwitch({ feed, hub, traders, waitsForStrategy }: FeedParts): () => void {
  let isStarted = false;
  return () => {
    if (isStarted || (waitsForStrategy && !traders.hasStrategies)) return;
    isStarted = true;
    const listener = {
      onQuote: hub.publishQuote.bind(hub),
      onClock: hub.publishClock.bind(hub),
      settled: traders.settled.bind(traders),
    };
    // A sped-up market must not run backwards for any account; a recording is new to accounts that do not trade it.
    feed.start(listener, waitsForStrategy ? traders.playedUntil : traders.recoveredAt);
  };
}
