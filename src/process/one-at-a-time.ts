/** Work about one thing that waits for the work about it that was asked for before. Work about different things does not. */

import { setTimeout as sleep } from 'node:timers/promises';

/** Whether work waits: for how long at most, and what is thrown in its place when that was too short. */
export interface Waiting {
  readonly waits: boolean;
  readonly mostMs?: number;
  readonly tooLate?: () => Error;
}

export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does `work` about the thing with this id: when all before it has ended, or at once and only the later work waits for it. */
  async run<T>(id: string, waiting: Waiting, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(id);
    const turn = waiting.waits && before ? ended(before, waiting).then(work) : work();
    const end = Promise.allSettled([before, turn]);
    this.#last.set(id, end);
    try {
      return await turn;
    } finally {
      // One that came too late leaves the others in their order.
      void end.then(() => {
        if (this.#last.get(id) === end) this.#last.delete(id);
      });
    }
  }
}

async function ended(before: Promise<unknown>, { mostMs, tooLate }: Waiting): Promise<void> {
  if (mostMs === undefined) return void (await before);
  const isOver = new AbortController();
  const timeIsUp = sleep(mostMs, 'late', isOver).catch(() => 'ended');
  try {
    const first = await Promise.race([before.then(() => 'ended'), timeIsUp]);
    if (first === 'late') throw tooLate?.() ?? new Error('what was asked for before has not ended');
  } finally {
    isOver.abort();
  }
}
