/** Quotes of accounts to many sockets: collected for some milliseconds, made into frames once, and only the newest of each instrument. */

import { QuoteTopic } from './quote-topic.ts';
import { quoteView } from './quote-view.ts';
import type { Instruments } from '../core/domain/instruments.ts';
import type { Quote } from '../core/domain/quote.ts';
import type { AccountPrices } from './newest-quotes.ts';
import type { QuoteReader } from './quote-topic.ts';

/** Prices of one instrument change a few times a second: the delay is not noticed, and many writes become one. */
const FLUSH_EVERY_MS = 20;

/** What one socket wants. */
export interface QuotesWish extends QuoteReader {
  readonly accountId: string;
  readonly prices: AccountPrices;
  readonly instruments: readonly string[];
}

/** Passes the quotes of accounts on to sockets. */
export class QuoteFanOut {
  /** By the prices of an account, and the names of instruments. */
  readonly #topics = new Map<AccountPrices, Map<string, QuoteTopic>>();
  /** All paper accounts share the market's quotes: each becomes text once. */
  readonly #textByQuote = new WeakMap<Quote, string>();
  #timer: NodeJS.Timeout | undefined;
  #conflated = 0;

  /** How many quotes a newer one has replaced before a socket got them. */
  get conflated(): number {
    for (const topic of this.#all()) this.#conflated += topic.takeConflated();
    return this.#conflated;
  }

  /** Sends the newest quotes of instruments at once, and then what changes, until the returned function is called. */
  subscribe({ outbox, onEnd, ...wish }: QuotesWish): () => void {
    const leave = this.#topicOf(wish).add({ outbox, onEnd });
    this.#schedule();
    return leave;
  }

  #topicOf({ accountId, prices, instruments }: Omit<QuotesWish, keyof QuoteReader>): QuoteTopic {
    const key = instruments.toSorted().join(' ');
    const topics = this.#topics.get(prices) ?? new Map<string, QuoteTopic>();
    this.#topics.set(prices, topics);
    const known = topics.get(key);
    if (known) return known;
    const topic: QuoteTopic = new QuoteTopic({
      accountId,
      prices,
      instruments: new Set(instruments),
      textOf: (instrument) => {
        const quote = prices.quotes.latest(instrument);
        return quote && this.#textOf(quote, prices.instruments);
      },
      onChange: () => this.#schedule(),
      onEmpty: () => {
        this.#conflated += topic.takeConflated();
        topics.delete(key);
        if (topics.size === 0) this.#topics.delete(prices);
        if (this.#topics.size === 0) this.#rest();
      },
    });
    topics.set(key, topic);
    return topic;
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_EVERY_MS);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #flush(): void {
    this.#timer = undefined;
    let isAnyBehind = false;
    for (const topic of this.#all()) {
      const isBehind = topic.flush();
      isAnyBehind ||= isBehind;
    }
    if (isAnyBehind) this.#schedule();
  }

  *#all(): Iterable<QuoteTopic> {
    for (const topics of this.#topics.values()) yield* topics.values();
  }

  #textOf(quote: Quote, instruments: Instruments): string {
    const known = this.#textByQuote.get(quote);
    if (known !== undefined) return known;
    const text = JSON.stringify(quoteView(quote, instruments));
    this.#textByQuote.set(quote, text);
    return text;
  }
}
