/** Quotes of accounts to many sockets: collected for some milliseconds, put into text once, and only the newest of each instrument. */

import { quoteView } from './quote-view.ts';
import type { Instruments } from '../core/domain/instruments.ts';
import type { Quote } from '../core/domain/quote.ts';
import type { Outbox } from '../stream/outbox.ts';
import type { AccountPrices } from './newest-quotes.ts';

/** Prices of one instrument change a few times a second: the delay is not noticed, and many writes become one. */
const FLUSH_EVERY_MS = 20;

/** What one socket wants. */
export interface QuotesWish {
  readonly outbox: Outbox;
  readonly accountId: string;
  readonly prices: AccountPrices;
  readonly instruments: readonly string[];
  /** The account gives no more quotes. Nothing is sent after this. */
  readonly onEnd: () => void;
}

interface QuoteSubscription extends Pick<QuotesWish, 'outbox' | 'accountId' | 'prices'> {
  /** What changed since it was sent; of a socket that is behind the newest quotes go out when it has caught up. */
  readonly changed: Set<string>;
}

/** Passes the quotes of accounts on to sockets. */
export class QuoteFanOut {
  readonly #subscriptions = new Set<QuoteSubscription>();
  /** All paper accounts share the market's quotes: each becomes text once. */
  readonly #textByQuote = new WeakMap<Quote, string>();
  #timer: NodeJS.Timeout | undefined;
  #conflated = 0;

  /** How many quotes a newer one has replaced before a socket got them. */
  get conflated(): number {
    return this.#conflated;
  }

  /** Sends the newest quotes of instruments at once, and then what changes, until the returned function is called. */
  subscribe({ outbox, accountId, prices, instruments, onEnd }: QuotesWish): () => void {
    const wanted = new Set(instruments);
    const subscription = { outbox, accountId, prices, changed: new Set(wanted) };
    this.#subscriptions.add(subscription);
    const end = (): void => {
      leave();
      this.#subscriptions.delete(subscription);
      if (this.#subscriptions.size === 0) this.#rest();
    };
    const leave = prices.quotes.subscribe({
      onQuote: ({ instrument }) => {
        if (!wanted.has(instrument)) return;
        if (subscription.changed.has(instrument)) this.#conflated += 1;
        else subscription.changed.add(instrument);
        this.#schedule();
      },
      onEnd: () => {
        end();
        onEnd();
      },
    });
    this.#schedule();
    return end;
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
    for (const subscription of this.#subscriptions) {
      const isBehind = this.#flushOne(subscription);
      isAnyBehind ||= isBehind;
    }
    if (isAnyBehind) this.#schedule();
  }

  /** Sends what is new to one socket and returns whether it is behind. */
  #flushOne({ outbox, accountId, prices, changed }: QuoteSubscription): boolean {
    if (changed.size === 0) return false;
    if (!outbox.isClear) return true;
    const quotes = [...changed].flatMap((instrument) => prices.quotes.latest(instrument) ?? []);
    changed.clear();
    if (quotes.length > 0) {
      const texts = quotes.map((quote) => this.#textOf(quote, prices.instruments));
      outbox.sendText(
        `{"type":"data","channel":"quotes","data":{"accountId":"${accountId}","quotes":[${texts.join(',')}]}}`,
      );
    }
    return false;
  }

  #textOf(quote: Quote, instruments: Instruments): string {
    const known = this.#textByQuote.get(quote);
    if (known !== undefined) return known;
    const text = JSON.stringify(quoteView(quote, instruments));
    this.#textByQuote.set(quote, text);
    return text;
  }
}
