/** How long a file may be waited for: its sender takes one of few places. */

import { Problem } from '../../core/shared/problem.ts';

/** Long enough for a line that stands still for a moment. */
const AT_FIRST_MS = 15_000;
/** What is sent more slowly than 16 KB a second never comes to its end in the time that a request has, unless it is small. */
const BYTES_PER_MS = 16;
/** A line of 2 megabits a second: who uses one whole is not slow, however large the file is. */
const FAIR_BYTES_PER_MS = 250;

/** Adds up how long a sender let wait. What it sent gives it time again, as much as it takes over a slow line. */
export class SenderPatience {
  #leftMs = AT_FIRST_MS;
  #waitedMs = 0;
  #receivedBytes = 0;
  /** Since when the next bytes are waited for (ms of the process's clock). */
  #waitingSinceMs: number | undefined;
  /** Why nothing more is waited for. */
  #over: Problem | undefined;
  /** Ends the wait that is under way. */
  #endWait: ((problem: Problem) => void) | undefined;

  /** How long the next bytes may take. */
  get leftMs(): number {
    return this.#leftMs;
  }

  /** How much longer the sender was waited for, all in all, than what came takes over a line that is fair to have. */
  get lostMs(): number {
    const sinceMs = this.#waitingSinceMs;
    const waitedMs = this.#waitedMs + (sinceMs === undefined ? 0 : performance.now() - sinceMs);
    return Math.max(0, waitedMs - this.#receivedBytes / FAIR_BYTES_PER_MS);
  }

  /** Bytes came after so long. */
  noteReceived(bytes: number, afterMs: number): void {
    this.#waitedMs += afterMs;
    this.#receivedBytes += bytes;
    this.#leftMs = Math.min(AT_FIRST_MS, Math.max(0, this.#leftMs - afterMs) + bytes / BYTES_PER_MS);
  }

  /** Ends the wait for what comes next, with this problem. */
  giveUp(problem: Problem): void {
    this.#over = problem;
    this.#endWait?.(problem);
  }

  /** Returns what comes next; throws a problem when it takes too long. */
  async next<T>(
    source: AsyncIterator<T, void>,
    sizeOf: (value: T) => number,
  ): Promise<IteratorResult<T, void>> {
    if (this.#over) throw this.#over;
    // One for each wait: a promise that lives as long as the file would keep every piece of it.
    const { promise, reject } = Promise.withResolvers<never>();
    this.#endWait = reject;
    const timer = setTimeout(() => reject(tooSlow()), this.#leftMs);
    const sinceMs = performance.now();
    this.#waitingSinceMs = sinceMs;
    try {
      const next = await Promise.race([source.next(), promise]);
      this.noteReceived(next.done === true ? 0 : sizeOf(next.value), performance.now() - sinceMs);
      return next;
    } finally {
      clearTimeout(timer);
      this.#waitingSinceMs = undefined;
      this.#endWait = undefined;
    }
  }
}

function tooSlow(): Problem {
  const detail = 'The file came too slowly, or no more of it; send it again over a faster line, or in parts.';
  return new Problem('invalid-request', detail);
}
