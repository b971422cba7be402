/** A source of prices that a test moves by hand. */
import type { Quote } from '../../src/core/domain/quote.ts';
import type { PriceListener, PriceSource } from '../../src/brokers/price-source.ts';

/** Prices come when `publish` is called, and time passes with them or with `clock`. */
export class HandMarket implements PriceSource {
  readonly isLockStep = false;
  readonly #quotesByName = new Map<string, Quote>();
  readonly #listeners = new Set<PriceListener>();
  #now: number;

  constructor(startAt: number) {
    this.#now = startAt;
  }

  marketTime(): number {
    return this.#now;
  }

  latestQuotes(): readonly Quote[] {
    return [...this.#quotesByName.values()];
  }

  subscribe(listener: PriceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Shows a quote; without a time a second after the last event. Prices are points. */
  publish(instrument: string, bid: number, ask: number, at = this.#now + 1_000): void {
    const quote = { instrument, at, bid, ask };
    this.#now = at;
    this.#quotesByName.set(instrument, quote);
    for (const { onQuote } of this.#listeners) onQuote(quote);
  }

  /** Time passes without a quote. */
  clock(at: number): void {
    this.#now = at;
    for (const { onClock } of this.#listeners) onClock(at, at);
  }
}
