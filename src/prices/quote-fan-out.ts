/** Quotes to many sockets: collected for some milliseconds, put into text once, and only the newest of each instrument. */

import { quoteView } from './quote-view.ts';
import type { PriceHub } from './feeds/price-hub.ts';
import type { Outbox } from '../stream/outbox.ts';

/** Prices of one instrument change a few times a second: the delay is not noticed, and many writes become one. */
const FLUSH_EVERY_MS = 20;

/** One socket's wish for quotes. */
interface QuoteSubscription {
  readonly outbox: Outbox;
  readonly accountId: string;
  readonly instruments: ReadonlySet<string>;
  /** What changed while the socket was behind; its newest quotes go out when it has caught up. */
  readonly missed: Set<string>;
}

/** Passes the hub's quotes on to sockets. */
export class QuoteFanOut {
  readonly #hub: PriceHub;
  readonly #subscriptions = new Set<QuoteSubscription>();
  readonly #changed = new Set<string>();
  #unsubscribe: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(hub: PriceHub) {
    this.#hub = hub;
  }

  /** Sends the newest quotes of instruments at once, and then what changes, until the returned function is called. */
  subscribe(outbox: Outbox, accountId: string, instruments: readonly string[]): () => void {
    const subscription: QuoteSubscription = {
      outbox,
      accountId,
      instruments: new Set(instruments),
      missed: new Set(instruments),
    };
    this.#subscriptions.add(subscription);
    this.#unsubscribe ??= this.#hub.subscribe({
      onQuote: ({ instrument }) => this.#note(instrument),
      onClock: () => undefined,
    });
    this.#schedule();
    return () => {
      this.#subscriptions.delete(subscription);
      if (this.#subscriptions.size === 0) this.#rest();
    };
  }

  #note(instrument: string): void {
    this.#changed.add(instrument);
    this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_EVERY_MS);
  }

  #rest(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#changed.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    const textOf = this.#rememberTexts();
    let isAnyBehind = false;
    for (const subscription of this.#subscriptions) {
      const isBehind = this.#flushOne(subscription, textOf);
      isAnyBehind ||= isBehind;
    }
    this.#changed.clear();
    if (isAnyBehind) this.#schedule();
  }

  /** Sends what is new to one socket and returns whether it is behind. */
  #flushOne(
    { outbox, accountId, instruments, missed }: QuoteSubscription,
    textOf: (instrument: string) => string,
  ): boolean {
    for (const instrument of this.#changed) if (instruments.has(instrument)) missed.add(instrument);
    if (missed.size === 0) return false;
    if (!outbox.isClear) return true;
    const texts = [...missed].map(textOf).filter((text) => text !== '');
    missed.clear();
    if (texts.length > 0) {
      outbox.sendText(
        `{"type":"data","channel":"quotes","data":{"accountId":"${accountId}","quotes":[${texts.join(',')}]}}`,
      );
    }
    return false;
  }

  /** Each quote becomes text once for all sockets; an instrument without a price is nothing. */
  #rememberTexts(): (instrument: string) => string {
    const textsByInstrument = new Map<string, string>();
    return (instrument) => {
      const known = textsByInstrument.get(instrument);
      if (known !== undefined) return known;
      const quote = this.#hub.latest(instrument);
      const text = quote ? JSON.stringify(quoteView(quote)) : '';
      textsByInstrument.set(instrument, text);
      return text;
    };
  }
}
