/** The exponential moving average. */

import { SeededAverage } from './seeded-average.ts';
import type { SeededAverageState } from './seeded-average.ts';

/** What an {@link Ema} must keep. */
export type EmaState = SeededAverageState;

const weightOf = (period: number): number => 2 / (period + 1);

/** EMA(n): the mean of the first n values, then `e += (value - e) · 2/(n+1)`. In the unit of its input; ready at the n-th value. */
export class Ema {
  #average: SeededAverage;

  constructor(period: number) {
    this.#average = new SeededAverage(period, weightOf(period));
  }

  /** Takes the next value; returns the EMA, or undefined while it is not ready. */
  update(value: number): number | undefined {
    return this.#average.update(value);
  }

  get value(): number | undefined {
    return this.#average.value;
  }

  save(): EmaState {
    return this.#average.save();
  }

  /** Returns an EMA with this state that answers exactly as the saved one would have. */
  static restore(state: EmaState): Ema {
    const ema = new Ema(state.period);
    ema.#average = SeededAverage.restore(state, weightOf(state.period));
    return ema;
  }
}
