/** Wilder's average true range. */

import { SeededAverage } from './seeded-average.ts';
import type { SeededAverageState } from './seeded-average.ts';

/** What an {@link Atr} must keep; `previousClose` is null before the first candle. */
export interface AtrState {
  readonly previousClose: number | null;
  readonly average: SeededAverageState;
}

/**
 * ATR(n), in the unit of its input (Wilder 1978): the mean of the first n true ranges, then `atr += (range - atr)/n`.
 * The first candle has no close before it, so its true range is its height. Ready at the n-th candle.
 */
export class Atr {
  #average: SeededAverage;
  #previousClose: number | undefined;

  constructor(period: number) {
    this.#average = new SeededAverage(period, 1 / period);
  }

  /** Takes the next candle; returns the ATR, or undefined while it is not ready. */
  update(high: number, low: number, close: number): number | undefined {
    // A gap belongs to the range: the candle reaches back to the close before it.
    const top = this.#previousClose !== undefined && this.#previousClose > high ? this.#previousClose : high;
    const bottom = this.#previousClose !== undefined && this.#previousClose < low ? this.#previousClose : low;
    this.#previousClose = close;
    return this.#average.update(top - bottom);
  }

  get value(): number | undefined {
    return this.#average.value;
  }

  save(): AtrState {
    return { previousClose: this.#previousClose ?? null, average: this.#average.save() };
  }

  /** Returns an ATR with this state that answers exactly as the saved one would have. */
  static restore(state: AtrState): Atr {
    const { period } = state.average;
    const atr = new Atr(period);
    atr.#previousClose = state.previousClose ?? undefined;
    atr.#average = SeededAverage.restore(state.average, 1 / period);
    return atr;
  }
}
