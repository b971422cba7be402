/** The newest prices of the paper market: latest first, publish second, to paper accounts and to screens. */

import { Listeners } from '../../process/listeners.ts';
import type { Quote } from '../../core/domain/quote.ts';
import type { PriceListener, PriceSource } from '../../brokers/price-source.ts';
import type { PriceFeed } from './price-feed.ts';

/** The feed behind the hub, as far as the hub needs to know it. */
type HubFeed = Pick<PriceFeed, 'isLockStep' | 'instruments' | 'marketTime'>;

/** Keeps the newest quote of each instrument and passes prices on. */
export class PriceHub implements PriceSource {
  readonly #feed: HubFeed;
  readonly #latestByInstrument = new Map<string, Quote>();
  readonly #listeners = new Listeners<PriceListener>();

  constructor(feed: HubFeed) {
    this.#feed = feed;
  }

  /** Whether the next quote waits until every effect of the last is done. */
  get isLockStep(): boolean {
    return this.#feed.isLockStep;
  }

  /** The instruments that have prices. */
  get instruments(): readonly string[] {
    return this.#feed.instruments;
  }

  /** The market's time in UTC ms; with a sped-up or recorded market not the wall clock. */
  marketTime(): number {
    return this.#feed.marketTime();
  }

  /** The newest quote of an instrument. */
  latest(instrument: string): Quote | undefined {
    return this.#latestByInstrument.get(instrument);
  }

  /** The newest quote of each instrument. */
  latestQuotes(): readonly Quote[] {
    return [...this.#latestByInstrument.values()];
  }

  /** Adds a listener; the function it returns removes it. */
  subscribe(listener: PriceListener): () => void {
    return this.#listeners.add(listener);
  }

  /** A price came. */
  publishQuote(quote: Quote): void {
    this.#latestByInstrument.set(quote.instrument, quote);
    for (const listener of this.#listeners) listener.onQuote(quote);
  }

  /** Time passed. */
  publishClock(at: number, pricesAliveAt: number): void {
    for (const listener of this.#listeners) listener.onClock(at, pricesAliveAt);
  }
}
