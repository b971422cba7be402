/** The daily loss: what the account has lost since 17:00 New York, and whether that reached the owner's limit. */

import { tradingDayEnd, tradingDayStart } from '../domain/trading-calendar.ts';
import type { Portfolio } from './portfolio.ts';

/** A trading day's start (UTC ms), the result it started from, and whether its loss limit was reached. */
export type SavedDay = {
  readonly startsAt: number;
  readonly startResult: number | null;
  readonly isTripped: boolean;
};

/**
 * Measures the loss of the trading day in *results* (equity less funds paid in), so that a payment is no loss and no gain.
 * Once tripped it stays so until the next trading day starts or a person resumes. Resuming starts the count again: the rule
 * trips again when the result has fallen by the whole limit from where it was then.
 */
export class DayLoss {
  readonly #portfolio: Portfolio;
  #startsAt = -Infinity;
  #endsAt = -Infinity;
  /** Undefined while open positions cannot be valued: a loss measured from a guess would trip for nothing, or not at all. */
  #startResult: number | undefined;
  #isTripped = false;

  constructor(portfolio: Portfolio) {
    this.#portfolio = portfolio;
  }

  /** The end of the trading day; market time at or after it calls for {@link startDay}. */
  get endsAt(): number {
    return this.#endsAt;
  }

  get isTripped(): boolean {
    return this.#isTripped;
  }

  /** Whether the account could not be valued yet since the count was to start. */
  get isUnmeasured(): boolean {
    return this.#startResult === undefined;
  }

  /** Starts the trading day that contains `at`, from the result at the newest prices. */
  startDay(at: number): void {
    this.#startsAt = tradingDayStart(at);
    this.#endsAt = tradingDayEnd(at);
    this.rearm();
  }

  /** Measures from the present result on. */
  rearm(): void {
    this.#isTripped = false;
    this.#startResult = this.#portfolio.valuationGap() === undefined ? this.#portfolio.result() : undefined;
  }

  /** Returns whether the loss limit was reached, or is at the newest prices. */
  isReached(limit: number | undefined): boolean {
    if (this.#isTripped) return true;
    if (limit === undefined) return false;
    if (this.#startResult === undefined) this.rearm();
    if (this.#startResult === undefined || this.#portfolio.result() > this.#startResult - limit) return false;
    // A position that cannot be valued may make up for the loss; it is looked at last because it is seldom so.
    return this.#portfolio.valuationGap() === undefined;
  }

  /** The loss so far, below zero for a gain; undefined while the account cannot be valued, or could not when the count started. */
  loss(): number | undefined {
    if (this.#startResult === undefined || this.#portfolio.valuationGap() !== undefined) return undefined;
    return this.#startResult - this.#portfolio.result();
  }

  trip(): void {
    this.#isTripped = true;
  }

  save(): SavedDay | null {
    if (this.#startsAt === -Infinity) return null;
    return { startsAt: this.#startsAt, startResult: this.#startResult ?? null, isTripped: this.#isTripped };
  }

  /** Takes over a saved day, unless the account's time has reached a later one. */
  restore(day: SavedDay): void {
    if (day.startsAt < this.#startsAt) return;
    this.#startsAt = day.startsAt;
    this.#endsAt = tradingDayEnd(day.startsAt);
    this.#startResult = day.startResult ?? undefined;
    this.#isTripped = day.isTripped;
  }
}
