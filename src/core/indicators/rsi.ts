/** Wilder's relative strength index. */

import { SeededAverage } from './seeded-average.ts';
import type { SeededAverageState } from './seeded-average.ts';

/** What an {@link Rsi} must keep; `previous` is null before the first value. */
export interface RsiState {
  readonly previous: number | null;
  readonly gain: SeededAverageState;
  readonly loss: SeededAverageState;
}

/**
 * RSI(n), 0 to 100 (Wilder 1978): `100 - 100/(1 + gain/loss)` of the averages of rises and falls between values, each seeded
 * with the mean of the first n changes. 100 when nothing fell, 50 when nothing moved. Ready at the (n+1)-th value.
 */
export class Rsi {
  #gain: SeededAverage;
  #loss: SeededAverage;
  #previous: number | undefined;

  constructor(period: number) {
    this.#gain = new SeededAverage(period, 1 / period);
    this.#loss = new SeededAverage(period, 1 / period);
  }

  /** Takes the next value; returns the RSI, or undefined while it is not ready. */
  update(value: number): number | undefined {
    const previous = this.#previous;
    this.#previous = value;
    if (previous === undefined) return undefined;
    const change = value - previous;
    this.#gain.update(change > 0 ? change : 0);
    this.#loss.update(change < 0 ? -change : 0);
    return this.value;
  }

  get value(): number | undefined {
    const gain = this.#gain.value;
    const loss = this.#loss.value;
    if (gain === undefined || loss === undefined) return undefined;
    if (loss === 0) return gain === 0 ? 50 : 100;
    return 100 - 100 / (1 + gain / loss);
  }

  save(): RsiState {
    return { previous: this.#previous ?? null, gain: this.#gain.save(), loss: this.#loss.save() };
  }

  /** Returns an RSI with this state that answers exactly as the saved one would have. */
  static restore(state: RsiState): Rsi {
    const { period } = state.gain;
    const rsi = new Rsi(period);
    rsi.#previous = state.previous ?? undefined;
    rsi.#gain = SeededAverage.restore(state.gain, 1 / period);
    rsi.#loss = SeededAverage.restore(state.loss, 1 / period);
    return rsi;
  }
}
