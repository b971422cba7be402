/** The threads that backtest. A thread is kept for the next backtest: to load its code and compile it is most of the work of a short one. */

import { BacktestThread } from './backtest-thread.ts';
import type { RunEnd } from './backtest-thread.ts';

/** How long a thread waits for a backtest: a person who looks at a report has changed a parameter by then. */
const KEPT_MS = 30_000;
/** A thread that holds more is not kept: no one collects its garbage while it waits. Most hold one or two hundred megabytes, kept prices among them. */
const LARGEST_KEPT_BYTES = 256 * 1_024 * 1_024;

/** A thread that waits for a backtest, and the end of its patience. */
interface Waiting {
  readonly thread: BacktestThread;
  readonly patience: NodeJS.Timeout;
}

/** Makes threads and keeps those that can run another backtest. How many there are is what its user takes at once. */
export class BacktestThreads {
  readonly #databaseUrl: string;
  readonly #keptMs: number;
  readonly #waiting: Waiting[] = [];
  readonly #taken = new Set<BacktestThread>();

  constructor(databaseUrl: string, keptMs = KEPT_MS) {
    this.#databaseUrl = databaseUrl;
    this.#keptMs = keptMs;
  }

  /** Returns the thread that was given back last, or another one when none waits. */
  take(): BacktestThread {
    const thread = this.#waitingThread() ?? new BacktestThread(this.#databaseUrl);
    this.#taken.add(thread);
    return thread;
  }

  /**
   * Takes a thread back whose run has ended. It is kept after a report: after anything else, and after a strategy that threw, it ends, so
   * that no run meets what a failure left.
   */
  async giveBack(thread: BacktestThread, end: RunEnd): Promise<void> {
    const isKept = this.#taken.delete(thread) && canBeKept(end) && !thread.hasEnded;
    if (!isKept) return thread.stop();
    const patience = setTimeout(() => this.#dismiss(thread), this.#keptMs);
    patience.unref();
    this.#waiting.push({ thread, patience });
  }

  /** Ends all threads, also those that run. What is given back afterwards is not kept. */
  async stop(): Promise<void> {
    const waiting = this.#waiting.splice(0);
    for (const { patience } of waiting) clearTimeout(patience);
    const threads = [...waiting.map(({ thread }) => thread), ...this.#taken];
    this.#taken.clear();
    await Promise.all(threads.map((thread) => thread.stop()));
  }

  #waitingThread(): BacktestThread | undefined {
    for (let waiting = this.#waiting.pop(); waiting; waiting = this.#waiting.pop()) {
      clearTimeout(waiting.patience);
      // One can have ended by an error while it waited.
      if (!waiting.thread.hasEnded) return waiting.thread;
    }
    return undefined;
  }

  #dismiss(dismissed: BacktestThread): void {
    const index = this.#waiting.findIndex(({ thread }) => thread === dismissed);
    this.#waiting.splice(index, 1);
    void dismissed.stop();
  }
}

function canBeKept(end: RunEnd): boolean {
  return (
    end.type === 'result' && end.result.strategyFailure === undefined && end.heldBytes <= LARGEST_KEPT_BYTES
  );
}
