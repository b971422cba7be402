/** Feeds recorded quotes by the clock, as fast as they came or so many times faster. */

import { assert } from '../../core/shared/assert.ts';
import { ScaledClock } from './scaled-clock.ts';
import type { QuoteColumns } from '../series/price-columns.ts';
import type { FeedClock, FeedListener, PriceFeed } from './price-feed.ts';
import { QuoteCursor } from '../series/quote-cursor.ts';

/** What to replay, in how many market seconds a second. */
export interface ReplayFeedOptions {
  readonly instrument: string;
  readonly batches: readonly QuoteColumns[];
  readonly speed: number;
}

const STEP_MS = 50;
// A step that falls behind yields to other work first; market time waits for it.
const MOST_QUOTES_PER_STEP = 5_000;

/** Delivers each quote when its time has come. Ends after the last one. */
export class ReplayFeed implements PriceFeed {
  readonly isLockStep = false;
  readonly instruments: readonly string[];
  readonly #speed: number;
  readonly #clock: FeedClock;
  readonly #cursor: QuoteCursor;
  #market: ScaledClock | undefined;
  #at: number;
  #cancelStep: (() => void) | undefined;
  #isStopped = false;

  constructor({ instrument, batches, speed }: ReplayFeedOptions, clock: FeedClock) {
    this.instruments = [instrument];
    this.#speed = speed;
    this.#clock = clock;
    this.#cursor = new QuoteCursor(instrument, batches);
    this.#at = this.#cursor.nextAt ?? 0;
  }

  marketTime(): number {
    return this.#at;
  }

  start(listener: FeedListener, resumeAt: number = -Infinity): void {
    assert(this.#market === undefined, 'a feed was started twice');
    this.#cursor.skipTo(resumeAt);
    this.#at = Math.max(this.#at, resumeAt);
    this.#market = new ScaledClock({ startAt: this.#at, speed: this.#speed, now: () => this.#clock.now() });
    this.#scheduleStep(listener, this.#market, 0);
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelStep?.();
    return Promise.resolve();
  }

  #scheduleStep(listener: FeedListener, market: ScaledClock, delayMs: number): void {
    this.#cancelStep = this.#clock.schedule(() => this.#step(listener, market), delayMs);
  }

  #step(listener: FeedListener, market: ScaledClock): void {
    market.skipClosed(this.#cursor.nextAt);
    const dueUntil = market.read();
    const isBehind = this.#deliver(listener, dueUntil);
    if (this.#isStopped) return;
    if (isBehind) market.set(this.#at);
    else this.#at = dueUntil;
    if (this.#cursor.nextAt === undefined) {
      listener.onEnd?.();
      return;
    }
    listener.onClock(this.#at, this.#at);
    this.#scheduleStep(listener, market, isBehind ? 0 : STEP_MS);
  }

  /** Delivers what is due; returns whether there is more of it than one step may deliver. */
  #deliver(listener: FeedListener, dueUntil: number): boolean {
    for (let delivered = 0; delivered < MOST_QUOTES_PER_STEP; delivered += 1) {
      const nextAt = this.#cursor.nextAt;
      if (nextAt === undefined || nextAt > dueUntil || this.#isStopped) return false;
      const quote = this.#cursor.take();
      this.#at = nextAt;
      if (quote !== undefined) listener.onQuote(quote);
    }
    return (this.#cursor.nextAt ?? Infinity) <= dueUntil;
  }
}
