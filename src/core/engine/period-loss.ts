/** The loss of a trading day or week, which start at 17:00 New York, and whether it reached the owner's limit. */

import type { Portfolio } from './portfolio.ts';

/** The part of a limit at which its owner is warned. */
const WARNS_AT = 0.8;

/** A period's start (UTC ms), the result it started from, whether its loss limit was reached, and whether its owner was warned before. */
export type SavedLoss = {
  readonly startsAt: number;
  readonly startResult: number | null;
  readonly isTripped: boolean;
  readonly isWarned: boolean;
};

/** How periods follow each other: the start of the one that holds an instant, and its end, which is the start of the next. */
export interface PeriodTurns {
  readonly startOf: (at: number) => number;
  readonly endOf: (at: number) => number;
}

/**
 * Measures the loss of a period in *results* (equity less funds paid in), so that a payment is no loss and no gain.
 * Once tripped it stays so until the next period starts or a person resumes. Resuming starts the count again: the rule
 * trips again when the result has fallen by the whole limit from where it was then.
 */
export class PeriodLoss {
  readonly #portfolio: Portfolio;
  readonly #turns: PeriodTurns;
  #startsAt = -Infinity;
  #endsAt = -Infinity;
  /** Undefined while open positions cannot be valued: a loss measured from a guess would trip for nothing, or not at all. */
  #startResult: number | undefined;
  #isTripped = false;
  #isWarned = false;

  constructor(portfolio: Portfolio, turns: PeriodTurns) {
    this.#portfolio = portfolio;
    this.#turns = turns;
  }

  /** The start of the period, −Infinity before the first. */
  get startsAt(): number {
    return this.#startsAt;
  }

  /** The end of the period; market time at or after it calls for {@link start}. */
  get endsAt(): number {
    return this.#endsAt;
  }

  get isTripped(): boolean {
    return this.#isTripped;
  }

  /** Starts the period that contains `at`, from the result at the newest prices. */
  start(at: number): void {
    this.#startsAt = this.#turns.startOf(at);
    this.#endsAt = this.#turns.endOf(at);
    this.rearm();
  }

  /** Measures from the present result on. */
  rearm(): void {
    this.#isTripped = false;
    this.#isWarned = false;
    this.#startResult = this.#portfolio.valuationGap() === undefined ? this.#portfolio.result() : undefined;
  }

  /** Whether the count could not start yet, because the account could not be valued. */
  get isUnmeasured(): boolean {
    return this.#startResult === undefined && !this.#isTripped;
  }

  /** Starts the count now where that was not possible before, because the account could not be valued. */
  measure(): void {
    if (this.isUnmeasured) this.rearm();
  }

  /** Returns whether the loss limit was reached, or is at the newest prices. */
  isReached(limit: number | undefined): boolean {
    if (this.#isTripped) return true;
    return limit !== undefined && this.#hasLost(limit);
  }

  /** Returns whether {@link look} would report something. */
  hasNews(limit: number | undefined): boolean {
    if (limit === undefined || this.#isTripped) return false;
    return this.#hasLost(this.#isWarned ? limit : limit * WARNS_AT);
  }

  /** Returns what has happened since the last look: the limit was reached, or its owner is to be warned; each is reported once. */
  look(limit: number | undefined): 'reached' | 'near' | undefined {
    if (limit === undefined || this.#isTripped) return undefined;
    if (this.#hasLost(limit)) {
      this.#isTripped = true;
      return 'reached';
    }
    if (this.#isWarned || !this.#hasLost(limit * WARNS_AT)) return undefined;
    this.#isWarned = true;
    return 'near';
  }

  /** The loss so far, below zero for a gain; undefined while the account cannot be valued, or could not when the count started. */
  loss(): number | undefined {
    if (this.#startResult === undefined || this.#portfolio.valuationGap() !== undefined) return undefined;
    return this.#startResult - this.#portfolio.result();
  }

  save(): SavedLoss | null {
    if (this.#startsAt === -Infinity) return null;
    return {
      startsAt: this.#startsAt,
      startResult: this.#startResult ?? null,
      isTripped: this.#isTripped,
      isWarned: this.#isWarned,
    };
  }

  /** Takes over a saved period, unless the account's time has reached a later one. */
  restore(saved: SavedLoss): void {
    if (saved.startsAt < this.#startsAt) return;
    this.#startsAt = saved.startsAt;
    this.#endsAt = this.#turns.endOf(saved.startsAt);
    this.#startResult = saved.startResult ?? undefined;
    this.#isTripped = saved.isTripped;
    this.#isWarned = saved.isWarned;
  }

  #hasLost(amount: number): boolean {
    this.measure();
    if (this.#startResult === undefined || this.#portfolio.result() > this.#startResult - amount)
      return false;
    // A position that cannot be valued may make up for the loss; it is looked at last because it is seldom so.
    return this.#portfolio.valuationGap() === undefined;
  }
}
