/** A thread that runs backtests, one after the other, seen from outside. */

import { Worker } from 'node:worker_threads';
import { assert } from '../core/shared/assert.ts';
import type { BacktestResult } from '../core/backtest/backtest-result.ts';
import type { BacktestSpec } from '../core/backtest/backtest-spec.ts';
import type { RunProgress, StoredRun } from './run-stored-backtest.ts';

/** What the thread is started with. */
export interface BacktestWorkerData {
  readonly databaseUrl: string;
}

/** What the thread is asked to run. */
export interface BacktestTask {
  readonly spec: BacktestSpec;
  readonly series: StoredRun['series'];
}

/** The report, and how much memory the thread holds after it, in its heap and in buffers, garbage included. */
interface RunResult {
  readonly type: 'result';
  readonly result: BacktestResult;
  readonly heldBytes: number;
}

/** What the thread says. */
export type FromBacktestWorker = { readonly type: 'progress'; readonly progress: RunProgress } | RunResult;

/** How a run ended: with a report, with the thread because of an error, or because the thread was stopped. */
export type RunEnd =
  | RunResult
  | { readonly type: 'died'; readonly reason: string }
  | { readonly type: 'stopped' };

/** The run under way. */
interface Run {
  readonly onProgress: (progress: RunProgress) => void;
  readonly end: (end: RunEnd) => void;
}

/** A long run keeps its trades in memory; beyond this the thread ends, and not the server. */
const LARGEST_HEAP_MB = 2_048;
/** A run makes and forgets much; with Node's own measure its process takes a hundred MiB more, and is no quicker. */
const YOUNG_MB = 16;

/** One thread. */
export class BacktestThread {
  readonly #worker: Worker;
  #run: Run | undefined;
  #error: string | undefined;
  /** How the thread ended. */
  #ended: RunEnd | undefined;
  #isStopped = false;

  constructor(databaseUrl: string) {
    const workerData: BacktestWorkerData = { databaseUrl };
    this.#worker = new Worker(new URL('./backtest-worker.ts', import.meta.url), {
      workerData,
      name: 'backtest',
      resourceLimits: { maxOldGenerationSizeMb: LARGEST_HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker.on('message', (message: FromBacktestWorker) => {
      if (message.type === 'progress') this.#run?.onProgress(message.progress);
      else this.#endRun(message);
    });
    this.#worker.on('error', (error: unknown) => {
      this.#error = error instanceof Error ? error.message : String(error);
    });
    this.#worker.on('exit', (code) => {
      const reason = this.#error ?? `the thread ended with code ${code}`;
      this.#ended = this.#isStopped ? { type: 'stopped' } : { type: 'died', reason };
      this.#endRun(this.#ended);
    });
  }

  /** Whether it can run nothing any more. */
  get hasEnded(): boolean {
    return this.#isStopped || this.#ended !== undefined;
  }

  /** Runs a backtest; one at a time. Never rejects. */
  run(task: BacktestTask, onProgress: (progress: RunProgress) => void): Promise<RunEnd> {
    assert(this.#run === undefined, 'a thread runs one backtest at a time');
    if (this.#ended) return Promise.resolve(this.#ended);
    const { promise, resolve } = Promise.withResolvers<RunEnd>();
    this.#run = { onProgress, end: resolve };
    this.#worker.ref();
    this.#worker.postMessage(task);
    return promise;
  }

  /** Ends the thread at once, wherever it is. It only reads, so nothing is left half done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#worker.terminate();
  }

  #endRun(end: RunEnd): void {
    // A process that has nothing else to do may end while the thread waits.
    this.#worker.unref();
    const run = this.#run;
    this.#run = undefined;
    run?.end(end);
  }
}
