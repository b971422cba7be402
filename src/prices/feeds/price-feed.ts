/** The port of everything that delivers prices to paper accounts, and the clock that feeds run on. */

import type { PriceListener } from '../../brokers/price-source.ts';

/** Receives the quotes. A listener that throws is a bug and ends the process. */
export interface FeedListener extends PriceListener {
  /** Asked in lock-step only: when something is due by the clock next (UTC ms of the market), Infinity when nothing is. */
  readonly nextClockAt: () => number;
  /** Asked in lock-step only: resolves when all effects of what was delivered are done; undefined when there are none. */
  readonly settled: () => Promise<void> | undefined;
  /** No quote will follow any more. */
  onEnd?(): void;
}

/** A source of quotes with a time of its own. */
export interface PriceFeed {
  /** The names of the instruments it has quotes of. */
  readonly instruments: readonly string[];
  /** Whether it waits for the listener to settle after each step instead of following a clock. */
  readonly isLockStep: boolean;
  /** The market's time in UTC ms: what it is now, or what it would start at. */
  marketTime(): number;
  /** Begins to deliver, from market time `resumeAt` on where that is later than its own start. Once only. */
  start(listener: FeedListener, resumeAt?: number): void;
  /** Ends it within one step; nothing is delivered once it is called. Idempotent. */
  stop(): Promise<void>;
}

/** The time and the timers of the machine, or of a test. */
export interface FeedClock {
  /** UTC ms. */
  now(): number;
  /** Runs `task` once, after `delayMs`, in a turn of its own; the function it returns cancels it. */
  schedule(task: () => void, delayMs: number): () => void;
}

/** The real clock. */
export const SYSTEM_CLOCK: FeedClock = {
  now: () => Date.now(),
  schedule: (task, delayMs) => {
    if (delayMs > 0) {
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    }
    // At once, but after what already waits: a timer of 0 would take a millisecond.
    const immediate = setImmediate(task);
    return () => clearImmediate(immediate);
  },
};
