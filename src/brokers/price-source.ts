/** Prices on their way to accounts and screens: who gives them, and who listens. Types only. */

import type { Quote } from '../core/domain/quote.ts';

/** Receives each price and the passing of time. Calls are synchronous and in the order of time. */
export interface PriceListener {
  readonly onQuote: (quote: Quote) => void;
  /** Market time came to `at` (UTC ms); `pricesAliveAt` is until when prices are known to flow. */
  readonly onClock: (at: number, pricesAliveAt: number) => void;
}

/** One stream of prices that any number of paper accounts share. */
export interface PriceSource {
  /** Whether the next quote waits until every effect of the last is done; clock events then only announce the next quote. */
  readonly isLockStep: boolean;
  /** The market's time now, in UTC ms. */
  marketTime(): number;
  /** The newest quote of each instrument. */
  latestQuotes(): readonly Quote[];
  /** Adds a listener; the function it returns removes it. */
  subscribe(listener: PriceListener): () => void;
}
