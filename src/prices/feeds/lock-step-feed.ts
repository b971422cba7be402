/** Feeds recorded quotes as fast as they can be processed: each waits until all effects of the one before are done. */

import type { Quote } from '../../core/domain/quote.ts';
import { assert } from '../../core/shared/assert.ts';
import type { QuoteColumns } from '../series/price-columns.ts';
import type { FeedClock, FeedListener, PriceFeed } from './price-feed.ts';
import { QuoteCursor } from '../series/quote-cursor.ts';

/** What to replay. */
export interface LockStepFeedOptions {
  readonly instrument: string;
  readonly batches: readonly QuoteColumns[];
}

// Between two turns of the event loop: some milliseconds of quotes, so that requests are answered meanwhile.
const QUOTES_PER_TURN = 2_000;

/** The same quotes give the same decisions at the same market times as in a backtest, however fast the machine is. */
export class LockStepFeed implements PriceFeed {
  readonly isLockStep = true;
  readonly instruments: readonly string[];
  readonly #clock: FeedClock;
  readonly #cursor: QuoteCursor;
  #running: Promise<void> | undefined;
  #at: number;
  #isStopped = false;
  #endWait: (() => void) | undefined;

  constructor({ instrument, batches }: LockStepFeedOptions, clock: FeedClock) {
    this.instruments = [instrument];
    this.#clock = clock;
    this.#cursor = new QuoteCursor(instrument, batches);
    this.#at = this.#cursor.nextAt ?? 0;
  }

  marketTime(): number {
    return this.#at;
  }

  start(listener: FeedListener, resumeAt: number = -Infinity): void {
    assert(this.#running === undefined, 'a feed was started twice');
    this.#cursor.skipTo(resumeAt);
    this.#at = Math.max(this.#at, resumeAt);
    // What a listener throws is not caught here: it is a bug and ends the process, as it does in a timer.
    this.#running = this.#deliverAll(listener);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#endWait?.();
    await this.#running;
  }

  async #deliverAll(listener: FeedListener): Promise<void> {
    for (let delivered = 0; ; delivered += 1) {
      if (delivered % QUOTES_PER_TURN === 0) await this.#turn();
      const quote = this.#isStopped ? undefined : this.#cursor.take();
      if (quote === undefined) break;
      const step = this.#deliver(listener, quote);
      // Awaiting nothing would still cost a turn of the microtask queue for every quote.
      if (step !== undefined) await step;
    }
    if (!this.#isStopped) listener.onEnd?.();
  }

  #deliver(listener: FeedListener, quote: Quote): Promise<void> | undefined {
    return listener.nextClockAt() <= quote.at
      ? this.#deliverAfterClocks(listener, quote)
      : this.#deliverQuote(listener, quote);
  }

  /** What is due before the quote is shown at its own time, and all that follows from it is done, before the next moment comes. */
  async #deliverAfterClocks(listener: FeedListener, quote: Quote): Promise<void> {
    let shownAt = -Infinity;
    for (let at = listener.nextClockAt(); at <= quote.at; at = listener.nextClockAt()) {
      // What does not act at its time is not waited for.
      if (at <= shownAt || this.#isStopped) break;
      shownAt = at;
      this.#at = Math.max(this.#at, at);
      listener.onClock(this.#at, this.#at);
      await this.#untilStopped(listener.settled());
    }
    if (!this.#isStopped) await this.#deliverQuote(listener, quote);
  }

  /** Shows the time, then the quote; returns undefined when both left nothing to wait for. */
  #deliverQuote(listener: FeedListener, quote: Quote): Promise<void> | undefined {
    this.#at = quote.at;
    listener.onClock(quote.at, quote.at);
    const settled = listener.settled();
    if (settled !== undefined) return this.#deliverLater(listener, quote, settled);
    if (this.#isStopped) return undefined;
    listener.onQuote(quote);
    return this.#untilStopped(listener.settled());
  }

  async #deliverLater(listener: FeedListener, quote: Quote, settled: Promise<void>): Promise<void> {
    await this.#untilStopped(settled);
    if (this.#isStopped) return;
    listener.onQuote(quote);
    await this.#untilStopped(listener.settled());
  }

  /** A stopped feed does not wait for what is under way. */
  #untilStopped(settled: Promise<void> | undefined): Promise<void> | undefined {
    if (settled === undefined || this.#isStopped) return undefined;
    // Not a race against one promise of the stop: that would collect a reaction for every quote there ever was.
    return new Promise((resolve, reject) => {
      this.#endWait = resolve;
      settled.then(resolve, reject);
    });
  }

  async #turn(): Promise<void> {
    const turn = Promise.withResolvers<void>();
    this.#clock.schedule(turn.resolve, 0);
    await this.#untilStopped(turn.promise);
  }
}
