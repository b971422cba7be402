/** A flood as the drill handles it: prepared, begun, ended. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { FloodTask, FromFloodWorker } from './flood-worker.ts';

export class FloodThread implements AsyncDisposable {
  readonly #worker: Worker;
  /** Rejects with what the thread failed with. */
  readonly #failed: Promise<never>;

  private constructor(task: FloodTask) {
    this.#worker = new Worker(new URL('flood-worker.ts', import.meta.url), { workerData: task });
    this.#failed = new Promise((_resolve, reject) => this.#worker.once('error', reject));
    // It is looked at when the next message is waited for.
    this.#failed.catch(() => undefined);
  }

  /** Starts the thread; resolves when the flood could begin. */
  static async prepare(task: FloodTask): Promise<FloodThread> {
    const thread = new FloodThread(task);
    await thread.#next();
    return thread;
  }

  begin(): void {
    this.#worker.postMessage('begin');
  }

  /** Ends the flood; resolves with what it was answered, and how often each, when nothing of it is left. */
  async end(): Promise<ReadonlyMap<string, number>> {
    const answered = this.#next();
    this.#worker.postMessage('end');
    const outcomes = await answered;
    if (outcomes === 'prepared') throw new Error('The flood has not begun.');
    return outcomes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }

  /** Returns the next message; throws what the thread failed with. */
  async #next(): Promise<FromFloodWorker> {
    const [message] = await Promise.race([once(this.#worker, 'message'), this.#failed]);
    return message;
  }
}
