/** Finds out from the times of candles which granularity they have: files do not say. */

import { candleSpan, GRANULARITIES, granularityMs } from '../../core/domain/candle.ts';
import { HOUR_MS } from '../../core/domain/trading-calendar.ts';
import { Problem } from '../../core/shared/problem.ts';
import type { Granularity } from '../../core/domain/candle.ts';

/**
 * Fed with the start of every candle in order. The shortest step between two candles is the granularity, because gaps only lengthen
 * steps; and every candle must start where one of that granularity does, or what is built from them would be wrong.
 */
export class GranularityDetector {
  #shortestStep = Infinity;
  #previousAt: number | undefined;
  #divisor = 0;
  // Candles longer than an hour count from New York's clock; their starts are few, so they are kept to be looked at.
  #starts: number[] | undefined = [];

  /** Takes the starts of the next candles, in UTC ms. */
  add(times: Float64Array): void {
    for (const at of times) {
      if (this.#previousAt !== undefined)
        this.#shortestStep = Math.min(this.#shortestStep, at - this.#previousAt);
      this.#previousAt = at;
      if (this.#divisor === 0 || at % this.#divisor !== 0)
        this.#divisor = greatestCommonDivisor(at, this.#divisor);
      this.#starts?.push(at);
    }
    if (this.#shortestStep < HOUR_MS) this.#starts = undefined;
  }

  /** Returns the granularity, or throws Problem when there is none that fits all of the candles. */
  result(): Granularity {
    const found = this.#amongLong(this.#starts ?? []) ?? this.#amongShort();
    if (found) return found;
    const what =
      this.#shortestStep === Infinity
        ? 'one candle alone does not show it'
        : `the shortest step between two is ${this.#shortestStep / 1000} s`;
    throw new Problem(
      'price-data-invalid',
      `The candles have no granularity that is known here (${what}). ` +
        `Wanted is one of ${GRANULARITIES.join(', ')}; up to H1 they start at full UTC times, longer ones count from 17:00 New York.`,
    );
  }

  #amongShort(): Granularity | undefined {
    const step = this.#shortestStep;
    if (step > HOUR_MS || this.#divisor % step !== 0) return undefined;
    return GRANULARITIES.find((granularity) => granularityMs(granularity) === step);
  }

  /** The longest granularity at whose starts all candles are. One step may be shorter by a truncated last candle of a day. */
  #amongLong(starts: readonly number[]): Granularity | undefined {
    if (starts.length < 2) return undefined;
    return GRANULARITIES.findLast(
      (granularity) =>
        granularityMs(granularity) > HOUR_MS &&
        this.#shortestStep < 2 * granularityMs(granularity) &&
        starts.every((at) => candleSpan(granularity, at).startsAt === at),
    );
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller !== 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
