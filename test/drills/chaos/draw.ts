/** What is drawn in a drill: the same seed draws the same, although what it meets depends on the machine. */
import { createPrng } from '../../../src/core/shared/prng.ts';

export class Draw {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = createPrng(seed);
  }

  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1));
  }

  /** True in so many of a hundred cases. */
  chance(percent: number): boolean {
    return this.#next() * 100 < percent;
  }

  /** One of them. */
  oneOf<Item>(items: readonly Item[]): Item {
    const item = items[this.whole(0, items.length - 1)];
    if (item === undefined) throw new Error('There is nothing to draw from.');
    return item;
  }
}
