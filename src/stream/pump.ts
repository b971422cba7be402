/** Work that is requested more often than it can be done: done once for all requests meanwhile, and only when there is room. */

import type { Outbox } from './outbox.ts';

/** Runs `work` after each request, one at a time. */
export class Pump {
  readonly #outbox: Outbox;
  readonly #work: () => Promise<void> | void;
  readonly #onFailure: (error: unknown) => void;
  #isWanted = false;
  #isRunning = false;

  constructor(outbox: Outbox, work: () => Promise<void> | void, onFailure: (error: unknown) => void) {
    this.#outbox = outbox;
    this.#work = work;
    this.#onFailure = onFailure;
  }

  /** Asks for the work to be done once more. */
  request(): void {
    this.#isWanted = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#run().catch((error: unknown) => this.#onFailure(error));
  }

  async #run(): Promise<void> {
    while (this.#isWanted) {
      if (!(await this.#outbox.room())) return;
      this.#isWanted = false;
      await this.#work();
    }
    this.#isRunning = false;
  }
}
