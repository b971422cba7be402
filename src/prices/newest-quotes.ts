/** The newest quotes of one account, for screens: as its broker sends them, until this process stops running it. */

import { Listeners } from '../process/listeners.ts';
import type { Instruments } from '../core/domain/instruments.ts';
import type { Quote } from '../core/domain/quote.ts';

/** Follows the quotes of an account. Calls are synchronous. */
export interface QuotesListener {
  readonly onQuote: (quote: Quote) => void;
  /** No more quotes come: this process does not run the account any more. */
  readonly onEnd: () => void;
}

/** The prices that an account trades at, and with which precision they are read. */
export interface AccountPrices {
  readonly instruments: Instruments;
  readonly quotes: NewestQuotes;
}

/** Keeps the newest quote of each instrument and passes quotes on. */
export class NewestQuotes {
  readonly #quoteByInstrument = new Map<string, Quote>();
  readonly #listeners = new Listeners<QuotesListener>();
  #isEnded = false;

  /** The newest quote of an instrument. */
  latest(instrument: string): Quote | undefined {
    return this.#quoteByInstrument.get(instrument);
  }

  /** The newest quote of each instrument that has one. */
  latestQuotes(): readonly Quote[] {
    return [...this.#quoteByInstrument.values()];
  }

  /** Whether anyone follows them. */
  get isFollowed(): boolean {
    return this.#listeners.size > 0;
  }

  /** Adds a listener; the function it returns removes it. */
  subscribe(listener: QuotesListener): () => void {
    return this.#listeners.add(listener);
  }

  /** A price came. */
  add(quote: Quote): void {
    this.#quoteByInstrument.set(quote.instrument, quote);
    for (const listener of this.#listeners) listener.onQuote(quote);
  }

  /** No more come. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const listener of this.#listeners) listener.onEnd();
  }
}
