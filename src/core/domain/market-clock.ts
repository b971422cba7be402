/** Market time that never runs back, and which prices may be used at it: those since the market opened, while it is open. */

import { sessionAt } from './trading-hours.ts';
import type { TradingHoursName } from './instrument.ts';
import type { Session } from './trading-hours.ts';

/** The session that market time is in, or comes to next, and when the one before it began. */
interface Known extends Session {
  readonly openedBefore: number;
}

/** Time as quotes, clock events and requests bring it, in UTC milliseconds, and the sessions of instruments at it. */
export class MarketClock {
  #now = 0;
  // A session lasts a day, so the calendar is asked once a day for each kind of hours.
  readonly #known: Record<TradingHoursName, Known> = {
    forex: sessionAfter('forex', 0, -Infinity),
    forex_nzd: sessionAfter('forex_nzd', 0, -Infinity),
    metals: sessionAfter('metals', 0, -Infinity),
  };

  get now(): number {
    return this.#now;
  }

  /** Returns when the market opened last. */
  openedAt(hours: TradingHoursName): number {
    const { opensAt, openedBefore } = this.#session(hours);
    return this.#now >= opensAt ? opensAt : openedBefore;
  }

  /** Returns whether the market is open now. */
  isOpen(hours: TradingHoursName): boolean {
    return this.#now >= this.#session(hours).opensAt;
  }

  /** Returns the instant before which no price is of a closed market; −Infinity while it is closed. */
  tradableUntil(hours: TradingHoursName): number {
    const { opensAt, closesAt } = this.#session(hours);
    return this.#now >= opensAt ? closesAt : -Infinity;
  }

  /** Returns whether one can trade now on a price from `at`: the market is open and has not closed since. */
  isTradable(hours: TradingHoursName, at: number): boolean {
    const { opensAt } = this.#session(hours);
    return this.#now >= opensAt && at >= opensAt;
  }

  /** Moves on to `at`; an earlier instant changes nothing. */
  advance(at: number): void {
    if (at > this.#now) this.#now = at;
  }

  #session(hours: TradingHoursName): Known {
    const known = this.#known[hours];
    if (this.#now < known.closesAt) return known;
    this.#known[hours] = sessionAfter(hours, this.#now, known.opensAt);
    return this.#known[hours];
  }
}

function sessionAfter(hours: TradingHoursName, at: number, openedBefore: number): Known {
  return { ...sessionAt(hours, at), openedBefore };
}
