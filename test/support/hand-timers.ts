/** Timers whose time passes when a test says so. */
import type { StreamTimers } from '../../src/brokers/simulator/streams/stream-timers.ts';

interface Timer {
  readonly task: () => void;
  readonly everyMs: number;
  dueAt: number;
}

/** Runs what is due in the order of time. */
export class HandTimers implements StreamTimers {
  readonly #timers = new Set<Timer>();
  #now = 0;

  /** How many tasks run again and again. */
  get size(): number {
    return this.#timers.size;
  }

  every(task: () => void, everyMs: number): () => void {
    const timer = { task, everyMs, dueAt: this.#now + everyMs };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].sort((a, b) => a.dueAt - b.dueAt).find(({ dueAt }) => dueAt <= until);
      if (!due) break;
      this.#now = due.dueAt;
      due.dueAt += due.everyMs;
      due.task();
    }
    this.#now = until;
  }
}
