/** Calls to the broker, beside the mailbox: it never waits for the network. */

import { setImmediate as endOfTurn, setTimeout as sleep } from 'node:timers/promises';

/** How a call ended. */
export type Ended<T> = { readonly value: T } | { readonly error: unknown };

/** The calls of one account that have not ended. */
export class BrokerCalls {
  readonly #open = new Set<Promise<void>>();

  /**
   * Starts a call. How it ended is returned when that is known by the end of this turn of the event loop, as it always is with a paper
   * broker: what follows from it then comes before anything else. Otherwise undefined is returned, and `later` is called.
   */
  async start<T>(call: () => Promise<T>, later: (ended: Ended<T>) => void): Promise<Ended<T> | undefined> {
    const state: { ended?: Ended<T>; isLate?: true } = {};
    const ending = endOf(call).then((ended) => {
      this.#open.delete(ending);
      state.ended = ended;
      if (state.isLate) later(ended);
    });
    this.#open.add(ending);
    await Promise.race([ending, endOfTurn()]);
    if (!state.ended) state.isLate = true;
    return state.ended;
  }

  /** Whether no call is under way. */
  get isIdle(): boolean {
    return this.#open.size === 0;
  }

  /** Resolves when the next call has ended, or at that time of the process's clock (ms), whatever comes first. */
  async nextEnd(untilMs: number): Promise<void> {
    const waiting = new AbortController();
    const timeIsUp = sleep(Math.max(0, untilMs - performance.now()), undefined, waiting).catch(
      () => undefined,
    );
    await Promise.race([...this.#open, timeIsUp]);
    waiting.abort();
  }
}

async function endOf<T>(call: () => Promise<T>): Promise<Ended<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    return { error };
  }
}
