/** At most so many at once, at most so many waiting, and a clear refusal for the rest. */

import { Problem } from '../core/shared/problem.ts';

export interface SemaphoreLimits {
  readonly running: number;
  readonly waiting: number;
}

/** Lets a limited number of pieces of work run at the same time, first come first served. */
export class Semaphore {
  readonly #limits: SemaphoreLimits;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: SemaphoreLimits) {
    this.#limits = limits;
  }

  /** Runs `work` when it is its turn; throws `too-many-requests` at once when too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#limits.running) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#limits.waiting) {
      throw new Problem('too-many-requests', 'The server is busy with other sign-ins.', {
        retryAfterSeconds: 1,
      });
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    await promise;
  }

  /** The place goes straight to the next one who waits, so that a newcomer cannot take it first. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running -= 1;
  }
}
