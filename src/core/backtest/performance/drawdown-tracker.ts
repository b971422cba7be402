/** Follows how far a balance or an equity is below its peak, at a compare per change. */

import { assert } from '../../shared/assert.ts';

/** The drawdowns of one run. Money is ten-thousandths, durations milliseconds of calendar time. */
export interface DrawdownSummary {
  /** The deepest fall from a peak as a share of the peak (0 when there was none; above 1 when equity went below zero). */
  readonly maximumFraction: number;
  /** The deepest fall from a peak in money: not always the same drawdown. */
  readonly maximumMoney: number;
  /** The longest time from a peak to the next equal or higher value, or to the end. */
  readonly longestMs: number;
  /** Whether the longest drawdown had not recovered at the end. */
  readonly longestIsOpen: boolean;
  /** From the low of the deepest drawdown (by share) to a new peak; null when there was none or it has not recovered. */
  readonly recoveryMs: number | null;
}

/** Keeps the drawdowns of a value that is fed at every change. The first value must be positive. */
export class DrawdownTracker {
  #peak: number;
  #peakAt: number;
  // The lowest value since the peak; equal to the peak when there is no drawdown.
  #low: number;
  #maximumMoney = 0;
  #maximumFraction = 0;
  #deepestLowAt = 0;
  #isDeepestOpen = false;
  #recoveryMs: number | null = null;
  #longestMs = 0;

  constructor(startsAt: number, startValue: number) {
    assert(startValue > 0, `a positive start value was wanted, was ${startValue}`);
    this.#peak = startValue;
    this.#peakAt = startsAt;
    this.#low = startValue;
  }

  /** Takes the value at an instant, never earlier than the one before. */
  update(at: number, value: number): void {
    if (value < this.#low) {
      this.#low = value;
      this.#deepen(at);
    } else if (value >= this.#peak) {
      if (this.#low < this.#peak) this.#recover(at);
      this.#peak = value;
      this.#peakAt = at;
      this.#low = value;
    }
  }

  /** Whether a value would be a new low or reach the peak; no other changes anything. */
  wouldKeep(value: number): boolean {
    return value < this.#low || this.reachesPeak(value);
  }

  /** Whether a value ends what was a drawdown: the next low is measured from it. */
  reachesPeak(value: number): boolean {
    return value >= this.#peak;
  }

  /** Returns the drawdowns up to an instant, at or after the last update. */
  summary(endsAt: number): DrawdownSummary {
    const openMs = this.#low < this.#peak ? endsAt - this.#peakAt : 0;
    return {
      maximumFraction: this.#maximumFraction,
      maximumMoney: this.#maximumMoney,
      longestMs: Math.max(this.#longestMs, openMs),
      longestIsOpen: openMs > this.#longestMs,
      recoveryMs: this.#recoveryMs,
    };
  }

  #deepen(at: number): void {
    const money = this.#peak - this.#low;
    if (money > this.#maximumMoney) this.#maximumMoney = money;
    const fraction = money / this.#peak;
    if (fraction <= this.#maximumFraction) return;
    this.#maximumFraction = fraction;
    this.#deepestLowAt = at;
    this.#isDeepestOpen = true;
    this.#recoveryMs = null;
  }

  #recover(at: number): void {
    this.#longestMs = Math.max(this.#longestMs, at - this.#peakAt);
    if (this.#isDeepestOpen) this.#recoveryMs = at - this.#deepestLowAt;
    this.#isDeepestOpen = false;
  }
}
