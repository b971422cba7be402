/** Market time that never runs back, and which prices may be used at it: those since it opened, while the market is open. */

import { isMarketOpen, openedAt, tradingDayEnd } from './trading-calendar.ts';

/** Time as quotes, clock events and requests bring it, in UTC milliseconds. */
export class TradingHours {
  #now = 0;
  #isOpen = false;
  #openedAt = 0;
  // The market opens and closes only where a trading day ends, so the calendar is asked once a day.
  #dayEndsAt = 0;

  constructor() {
    this.#enterDay();
  }

  get now(): number {
    return this.#now;
  }

  /** When the market opened last. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** The instant before which no price is of a closed market; −Infinity while it is closed. */
  get tradableUntil(): number {
    return this.#isOpen ? this.#dayEndsAt : -Infinity;
  }

  /** Returns whether one can trade now on a price from `at`: the market is open and has not closed since. */
  isTradable(at: number): boolean {
    return this.#isOpen && at >= this.#openedAt;
  }

  /** Moves on to `at`; an earlier instant changes nothing. */
  advance(at: number): void {
    if (at <= this.#now) return;
    this.#now = at;
    if (at >= this.#dayEndsAt) this.#enterDay();
  }

  #enterDay(): void {
    this.#isOpen = isMarketOpen(this.#now);
    this.#dayEndsAt = tradingDayEnd(this.#now);
    if (this.#isOpen) this.#openedAt = openedAt(this.#now);
  }
}
