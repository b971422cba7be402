/** A backtest in a thread of its own, seen from outside. */

import { Worker } from 'node:worker_threads';
import type { BacktestResult } from '../core/backtest/backtest-result.ts';
import type { BacktestSpec } from '../core/backtest/backtest-spec.ts';
import type { RunProgress, StoredRun } from './run-stored-backtest.ts';

/** What the thread is started with. */
export interface BacktestTask {
  readonly databaseUrl: string;
  readonly spec: BacktestSpec;
  readonly series: StoredRun['series'];
}

/** What the thread says. */
export type FromBacktestWorker =
  | { readonly type: 'progress'; readonly progress: RunProgress }
  | { readonly type: 'result'; readonly result: BacktestResult };

/** How a thread ended: with a report, by itself with an error, or because it was stopped. */
export type ThreadEnd =
  | { readonly type: 'result'; readonly result: BacktestResult }
  | { readonly type: 'died'; readonly reason: string }
  | { readonly type: 'stopped' };

/** A long run keeps its trades in memory; beyond this the thread ends, and not the server. */
const LARGEST_HEAP_MB = 2_048;

/** One running thread. */
export class BacktestThread {
  readonly #worker: Worker;
  readonly #ended: Promise<ThreadEnd>;
  #isStopped = false;

  constructor(task: BacktestTask, onProgress: (progress: RunProgress) => void) {
    this.#worker = new Worker(new URL('./backtest-worker.ts', import.meta.url), {
      workerData: task,
      name: 'backtest',
      resourceLimits: { maxOldGenerationSizeMb: LARGEST_HEAP_MB },
    });
    this.#ended = this.#follow(onProgress);
  }

  /** Resolves when the thread has ended; never rejects. */
  get ended(): Promise<ThreadEnd> {
    return this.#ended;
  }

  /** Ends the thread at once, wherever it is. It only reads, so nothing is left half done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#worker.terminate();
  }

  #follow(onProgress: (progress: RunProgress) => void): Promise<ThreadEnd> {
    const { promise, resolve } = Promise.withResolvers<ThreadEnd>();
    let result: BacktestResult | undefined;
    let reason: string | undefined;
    this.#worker.on('message', (message: FromBacktestWorker) => {
      if (message.type === 'progress') onProgress(message.progress);
      else result = message.result;
    });
    this.#worker.on('error', (error: unknown) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    this.#worker.on('exit', (code) => {
      if (this.#isStopped) resolve({ type: 'stopped' });
      else if (result) resolve({ type: 'result', result });
      else resolve({ type: 'died', reason: reason ?? `the thread ended with code ${code}` });
    });
    return promise;
  }
}
