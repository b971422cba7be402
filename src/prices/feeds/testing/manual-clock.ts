/** The clock of the tests of feeds. */

import type { FeedClock } from '../price-feed.ts';
/** A wall clock and timers that move only when a test advances them. */
export class ManualClock implements FeedClock {
  #now: number;
  #tasks: { readonly dueAt: number; readonly task: () => void }[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  schedule(task: () => void, delayMs: number): () => void {
    const entry = { dueAt: this.#now + delayMs, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== entry);
    };
  }

  get waiting(): number {
    return this.#tasks.length;
  }

  /** Runs everything that falls due within `durationMs`, in order, and stands at its end. */
  advance(durationMs: number): void {
    const until = this.#now + durationMs;
    for (let next = this.#nextDue(until); next !== undefined; next = this.#nextDue(until)) {
      this.#now = next.dueAt;
      this.#tasks.splice(this.#tasks.indexOf(next), 1);
      next.task();
    }
    this.#now = until;
  }

  /** The wall clock is set, backwards perhaps; timers keep their distance. */
  set(now: number): void {
    const shift = now - this.#now;
    this.#tasks = this.#tasks.map(({ dueAt, task }) => ({ dueAt: dueAt + shift, task }));
    this.#now = now;
  }

  #nextDue(until: number): { readonly dueAt: number; readonly task: () => void } | undefined {
    const due = this.#tasks.filter(({ dueAt }) => dueAt <= until);
    return due.toSorted((a, b) => a.dueAt - b.dueAt)[0];
  }
}
