/** The recursive average under EMA, RSI and ATR: it starts from a plain mean and then moves by a fixed share of each surprise. */

import { assert } from '../shared/assert.ts';

/** What a {@link SeededAverage} must keep to continue exactly. `total` is a sum until `seen` reaches the period. */
export interface SeededAverageState {
  readonly period: number;
  readonly seen: number;
  readonly total: number;
}

/**
 * Averages a stream: the mean of the first `period` values, then `average += (value - average) · weight`.
 * A weight of 2/(n+1) makes it exponential, 1/n makes it Wilder's (1978) smoothing.
 */
export class SeededAverage {
  readonly #period: number;
  readonly #weight: number;
  #seen = 0;
  // The sum of the values while fewer than `period` were seen, the average itself afterwards.
  #total = 0;

  constructor(period: number, weight: number) {
    assert(
      Number.isInteger(period) && period >= 1,
      `a whole period of at least 1 was expected, was ${period}`,
    );
    this.#period = period;
    this.#weight = weight;
  }

  /** Takes the next value; returns the average, or undefined before `period` values. */
  update(value: number): number | undefined {
    if (this.#seen === this.#period) return (this.#total += (value - this.#total) * this.#weight);
    this.#total += value;
    this.#seen += 1;
    if (this.#seen < this.#period) return undefined;
    return (this.#total /= this.#period);
  }

  /** The last average, or undefined before `period` values. */
  get value(): number | undefined {
    return this.#seen === this.#period ? this.#total : undefined;
  }

  save(): SeededAverageState {
    return { period: this.#period, seen: this.#seen, total: this.#total };
  }

  /** Returns an average with this state that answers exactly as the saved one would have. */
  static restore(state: SeededAverageState, weight: number): SeededAverage {
    const average = new SeededAverage(state.period, weight);
    average.#seen = state.seen;
    average.#total = state.total;
    return average;
  }
}
