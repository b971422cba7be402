/** Adds what brokers have had since to the series that are kept up to date: their imports run again, up to now. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { PriceImports } from './price-imports.ts';
import type { PriceTopUpStore } from './price-top-up-store.ts';

/** A person's imports run one after the other; one of a few candles takes less. */
const BETWEEN_LOOKS_MS = 250;
const LONGEST_MS = 10 * 60_000;

export interface PriceTopUpsDependencies {
  readonly store: PriceTopUpStore;
  readonly imports: Pick<PriceImports, 'wake'>;
  /** UTC ms. */
  readonly clock: () => number;
}

export class PriceTopUps {
  readonly #deps: PriceTopUpsDependencies;

  constructor(deps: PriceTopUpsDependencies) {
    this.#deps = deps;
  }

  /**
   * Runs all that are due, and returns how many there were. Ends when all are done that could begin, or after {@link LONGEST_MS}: the rest
   * is worked on like any import.
   */
  async run(signal: AbortSignal): Promise<number> {
    const { store, imports, clock } = this.#deps;
    const before = clock();
    const end = performance.now() + LONGEST_MS;
    for (let begun = 0; ;) {
      signal.throwIfAborted();
      const more = await store.begin(before, clock());
      begun += more;
      if (more > 0) imports.wake();
      if (more === 0 && (performance.now() > end || !(await store.isRunning(before)))) return begun;
      await sleep(BETWEEN_LOOKS_MS, undefined, { signal });
    }
  }
}
