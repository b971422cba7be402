/** How old each newest quote is: a quote without a successor stays right as long as the price stream shows life. */

import type { Quote } from '../domain/quote.ts';
import type { SavedQuote } from './saved-engine.ts';

/** What is known of one account's prices besides the quotes. */
export class QuoteAges {
  #pricesAliveAt = 0;
  /** Quotes from before a restart and those of fills: the life of today's price stream does not vouch for them. */
  readonly #unvouchedQuotes = new Map<string, { readonly quote: Quote; readonly seenAt: number }>();

  /** Takes note that the price stream showed life at `at`: until then a quote without a successor was still right. */
  notePricesAlive(at: number): void {
    if (at > this.#pricesAliveAt) this.#pricesAliveAt = at;
  }

  /** Takes note that the price stream did not show this quote: it was right at `seenAt`. */
  noteUnvouched(quote: Quote, seenAt: number): void {
    this.#unvouchedQuotes.set(quote.instrument, { quote, seenAt });
  }

  /** Returns when the newest quote of its instrument was last known to be right, where its market has been open since `openedAt`. */
  seenAt(quote: Quote, openedAt: number): number {
    // That the stream is alive says nothing of a price from before the market opened.
    if (quote.at < openedAt) return quote.at;
    const unvouched = this.#unvouchedQuotes.get(quote.instrument);
    return unvouched?.quote === quote ? unvouched.seenAt : Math.max(quote.at, this.#pricesAliveAt);
  }

  /** Returns quotes as they are saved, by name: equal states are saved alike. */
  save(quotes: Iterable<Quote>, openedAt: (instrument: string) => number): readonly SavedQuote[] {
    return [...quotes]
      .sort((one, other) => (one.instrument < other.instrument ? -1 : 1))
      .map((quote) => ({
        instrument: quote.instrument,
        at: quote.at,
        bid: quote.bid,
        ask: quote.ask,
        seenAt: this.seenAt(quote, openedAt(quote.instrument)),
      }));
  }
}
