/** Equity by FX days: the points every daily return is made of. */

import { isTradingDay, tradingDayEnd } from '../../domain/trading-calendar.ts';

/** Equity at the end of one FX day (17:00 New York, UTC milliseconds), in ten-thousandths, open profit included. */
export interface DailyEquityPoint {
  readonly endsAt: number;
  readonly equity: number;
  /** Deposits less withdrawals of that day: part of `equity`, but no result. They count as made at the day's end. */
  readonly netTransfer?: number | undefined;
}

/**
 * Samples a stream of equity at 17:00 New York, Monday to Friday, however often it is fed: a day without an observation repeats
 * the equity before it, and what happens after Friday 17:00 belongs to Monday (UTC days would make two-hour Sundays).
 */
export class DailyEquity {
  readonly #points: DailyEquityPoint[] = [];
  #dayEndsAt: number;
  #equity: number;

  constructor(startsAt: number, startEquity: number) {
    this.#dayEndsAt = tradedDayEnd(startsAt);
    this.#equity = startEquity;
  }

  /** Takes the equity at an instant, never earlier than the one before. 17:00 itself still belongs to the day it ends. */
  update(at: number, equity: number): void {
    while (at > this.#dayEndsAt) this.#endDay();
    this.#equity = equity;
  }

  /** The instant from which an equity ends a day. */
  get calmUntil(): number {
    return this.#dayEndsAt + 1;
  }

  /** Whether the equity at an instant would do more than take the place of the one before. */
  wouldKeep(at: number): boolean {
    return at > this.#dayEndsAt;
  }

  /** Returns one point per FX day since the start; the last is the day in progress, with its latest equity. */
  points(): readonly DailyEquityPoint[] {
    return [...this.#points, { endsAt: this.#dayEndsAt, equity: this.#equity }];
  }

  #endDay(): void {
    this.#points.push({ endsAt: this.#dayEndsAt, equity: this.#equity });
    this.#dayEndsAt = tradedDayEnd(this.#dayEndsAt);
  }
}

/** Returns the first 17:00 New York after this instant that ends a day on which the market was open. */
function tradedDayEnd(at: number): number {
  let endsAt = tradingDayEnd(at);
  while (!isTradingDay(endsAt - 1)) endsAt = tradingDayEnd(endsAt);
  return endsAt;
}
