/** Market time that runs at a multiple of the wall clock's and, when it runs faster, leaves out the weekends. */

import { isTradingDay, tradingDayEnd } from '../../core/domain/trading-calendar.ts';

/** Where market time starts, and how many market seconds pass in one second of the wall clock. */
export interface ScaledClockOptions {
  readonly startAt: number;
  readonly speed: number;
  readonly now: () => number;
}

/** Runs from its making on. Market time never goes back, even when the wall clock does. */
export class ScaledClock {
  readonly #speed: number;
  readonly #now: () => number;
  #anchorWallAt: number;
  #anchorMarketAt: number;

  constructor({ startAt, speed, now }: ScaledClockOptions) {
    this.#speed = speed;
    this.#now = now;
    this.#anchorWallAt = now();
    this.#anchorMarketAt = startAt;
  }

  /** Returns the market time now, in UTC ms. */
  read(): number {
    const wallAt = this.#now();
    const elapsed = Math.max(0, wallAt - this.#anchorWallAt);
    // From reading to reading, so that a wall clock that is set back costs no more than the time it was set back by.
    this.#anchorWallAt = wallAt;
    this.#anchorMarketAt += elapsed * this.#speed;
    return Math.floor(this.#anchorMarketAt);
  }

  /** Continues from `at`, whatever the time is. */
  set(at: number): void {
    this.#anchorWallAt = this.#now();
    this.#anchorMarketAt = at;
  }

  /** On a day that is not traded, when time runs faster than the wall clock: continues to the next that is, or to `limit` if that is earlier. */
  skipClosed(limit: number = Infinity): void {
    const at = this.read();
    if (this.#speed > 1 && !isTradingDay(at)) this.set(Math.max(at, Math.min(nextOpening(at), limit)));
  }
}

/** Returns the first 17:00 New York after `at` at which a traded day begins. */
function nextOpening(at: number): number {
  let opening = tradingDayEnd(at);
  while (!isTradingDay(opening)) opening = tradingDayEnd(opening);
  return opening;
}
