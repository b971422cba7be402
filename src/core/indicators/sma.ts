/** The simple moving average. */

import { assert } from '../shared/assert.ts';

/** What an {@link Sma} must keep: the values in the window, in ring order, and where the next one goes. */
export interface SmaState {
  readonly period: number;
  readonly seen: number;
  readonly next: number;
  readonly sum: number;
  readonly ring: readonly number[];
}

/** SMA(n): the mean of the last n values, in their unit; ready at the n-th value. Constant time per update. */
export class Sma {
  readonly #ring: Float64Array;
  #seen = 0;
  #next = 0;
  #sum = 0;

  constructor(period: number) {
    assert(
      Number.isInteger(period) && period >= 1,
      `a whole period of at least 1 was expected, was ${period}`,
    );
    this.#ring = new Float64Array(period);
  }

  /** Takes the next value; returns the average, or undefined while it is not ready. */
  update(value: number): number | undefined {
    const ring = this.#ring;
    const next = this.#next;
    // A slot not yet used holds 0 and takes nothing away.
    this.#sum += value - (ring[next] ?? 0);
    ring[next] = value;
    if (next + 1 === ring.length) this.#startAgain();
    else this.#next = next + 1;
    if (this.#seen < ring.length) this.#seen += 1;
    return this.#seen < ring.length ? undefined : this.#sum / ring.length;
  }

  get value(): number | undefined {
    return this.#seen < this.#ring.length ? undefined : this.#sum / this.#ring.length;
  }

  /** Goes back to the first slot. The sum is made again, because the rounding errors of a running sum add up over a year of updates. */
  #startAgain(): void {
    const ring = this.#ring;
    let sum = 0;
    for (let slot = 0; slot < ring.length; slot += 1) sum += ring[slot] ?? 0;
    this.#sum = sum;
    this.#next = 0;
  }

  save(): SmaState {
    return {
      period: this.#ring.length,
      seen: this.#seen,
      next: this.#next,
      sum: this.#sum,
      ring: [...this.#ring],
    };
  }

  /** Returns an SMA with this state that answers exactly as the saved one would have. */
  static restore(state: SmaState): Sma {
    const sma = new Sma(state.period);
    sma.#ring.set(state.ring);
    sma.#seen = state.seen;
    sma.#next = state.next;
    sma.#sum = state.sum;
    return sma;
  }
}
