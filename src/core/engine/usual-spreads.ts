/** The usual spread of each instrument in each hour of the week, learned from its quotes. */

import { assert } from '../shared/assert.ts';
import type { Quote } from '../domain/quote.ts';

const HOURS = 168;
/** Fewer quotes of an hour say nothing of what is usual in it. */
const READY_AFTER = 100;
/** How much a new quote counts once there are many: the mean follows the last thousand or so. */
const LEAST_WEIGHT = 0.001;

/** The means of one instrument by hour of the week, in points, and how many quotes each rests on. */
export type SavedSpreads = {
  readonly instrument: string;
  readonly means: readonly number[];
  readonly quotes: readonly number[];
};

interface Learned {
  readonly means: Float64Array;
  readonly quotes: Uint32Array;
}

/** Exponentially weighted means. The hours of a week count from Friday 17:00 New York. */
export class UsualSpreads {
  readonly #learnedByName = new Map<string, Learned>();

  /** Learns the spread of a quote of this hour of the week. */
  learn({ instrument, bid, ask }: Quote, hour: number): void {
    let learned = this.#learnedByName.get(instrument);
    if (learned === undefined) {
      learned = { means: new Float64Array(HOURS), quotes: new Uint32Array(HOURS) };
      this.#learnedByName.set(instrument, learned);
    }
    const quotes = (learned.quotes[hour] ?? 0) + 1;
    const mean = learned.means[hour] ?? 0;
    learned.quotes[hour] = quotes;
    learned.means[hour] = mean + (ask - bid - mean) * Math.max(1 / quotes, LEAST_WEIGHT);
  }

  /** Returns the usual spread in points, undefined while too few quotes of this hour are known. */
  usual(instrument: string, hour: number): number | undefined {
    const learned = this.#learnedByName.get(instrument);
    return learned && (learned.quotes[hour] ?? 0) >= READY_AFTER ? learned.means[hour] : undefined;
  }

  save(): readonly SavedSpreads[] {
    return [...this.#learnedByName]
      .map(([instrument, { means, quotes }]) => ({
        instrument,
        means: [...means],
        quotes: [...quotes],
      }))
      .sort((one, other) => (one.instrument < other.instrument ? -1 : 1));
  }

  restore(saved: readonly SavedSpreads[]): void {
    for (const { instrument, means, quotes } of saved) {
      assert(
        means.length === HOURS && quotes.length === HOURS,
        `the spreads of ${instrument} are not of a week`,
      );
      this.#learnedByName.set(instrument, {
        means: Float64Array.from(means),
        quotes: Uint32Array.from(quotes),
      });
    }
  }
}
