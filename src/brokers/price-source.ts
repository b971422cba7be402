/** Where a paper broker's prices come from. Types only. */

import type { Quote } from '../core/domain/quote.ts';

/** What a price source tells: each call is synchronous and in order. */
export interface PriceListener {
  readonly onQuote: (quote: Quote) => void;
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
  /** Adds a listener; the function it returns takes it away. */
  subscribe(listener: PriceListener): () => void;
}
