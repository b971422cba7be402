/** Feeds the synthetic market's quotes by the clock, at its own pace or faster. */

import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { MarketClock } from '../../core/domain/market-clock.ts';
import { assert } from '../../core/shared/assert.ts';
import type { SyntheticFeedSpec } from './feed-spec.ts';
import { ScaledClock } from './scaled-clock.ts';
import type { FeedClock, FeedListener, PriceFeed } from './price-feed.ts';
import { syntheticQuote } from './synthetic-market.ts';

/** A quote of every instrument that trades each step, and the time each step. */
export class SyntheticFeed implements PriceFeed {
  readonly isLockStep = false;
  readonly instruments = PAPER_INSTRUMENTS.list.map(({ name }) => name);
  readonly #spec: SyntheticFeedSpec;
  readonly #clock: FeedClock;
  readonly #hours = new MarketClock();
  #market: ScaledClock | undefined;
  #cancelStep: (() => void) | undefined;
  #isStopped = false;

  constructor(spec: SyntheticFeedSpec, clock: FeedClock) {
    this.#spec = spec;
    this.#clock = clock;
  }

  marketTime(): number {
    return this.#market?.read() ?? this.#startAt();
  }

  start(listener: FeedListener, resumeAt: number = -Infinity): void {
    assert(this.#market === undefined, 'a feed was started twice');
    // A restart continues at the market's last time, so that time never runs backwards for an account.
    const startAt = Math.max(this.#startAt(), resumeAt);
    this.#market = new ScaledClock({ startAt, speed: this.#spec.speed, now: () => this.#clock.now() });
    this.#scheduleStep(listener, this.#market, 0);
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelStep?.();
    return Promise.resolve();
  }

  #startAt(): number {
    return this.#spec.startAt ?? this.#clock.now();
  }

  #scheduleStep(listener: FeedListener, market: ScaledClock, delayMs: number): void {
    this.#cancelStep = this.#clock.schedule(() => {
      this.#step(listener, market);
      if (!this.#isStopped) this.#scheduleStep(listener, market, this.#spec.intervalMs);
    }, delayMs);
  }

  #step(listener: FeedListener, market: ScaledClock): void {
    market.skipClosed();
    const at = market.read();
    listener.onClock(at, at);
    this.#hours.advance(at);
    for (const instrument of PAPER_INSTRUMENTS.list) {
      if (this.#isStopped) return;
      if (!this.#hours.isOpen(instrument.tradingHours)) continue;
      listener.onQuote(syntheticQuote(instrument, at, this.#spec.seed));
    }
  }
}
