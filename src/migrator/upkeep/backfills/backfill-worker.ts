/** The batches of a backfill one after another, each sized by the duration of the last, with pauses in between. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runBatch } from './backfill-batch.ts';
import { judgeFailure } from './backfill-failure.ts';
import { note, NOTES } from './claim-backfill.ts';
import { doublingDelayMs } from '../../run/connect/pause.ts';
import { nextBatchSize, restMs, smallerBatchSize } from './backfill-pace.ts';
import type { BatchResult } from './backfill-batch.ts';
import type { BackfillConnection } from './backfill-connection.ts';
import type { BackfillTable } from './backfill-table.ts';
import type { ClaimedBackfill } from './claim-backfill.ts';

/** A pass that finds rows to change is followed by another; after so many, something writes such rows all the time. */
const MOST_PASSES = 10;
const RETRY_DELAYS = { firstMs: 100, longestMs: 5_000 };

/** How it ended. `taken`: another worker has it, or it is not to be worked on. `stopped`: by the signal. */
export type BackfillEnd =
  | { readonly type: 'done' | 'paused' | 'removed' | 'lost' | 'stopped' | 'taken' }
  | { readonly type: 'failed'; readonly reason: string };

export interface BackfillProgress {
  readonly rowsDone: number;
  readonly rowsEstimate: number | null;
  readonly batchSize: number;
  /** What it waits for, if it does. */
  readonly waitsFor?: string;
}

export interface BackfillRun {
  readonly databaseUrl: string;
  readonly name: string;
  readonly signal: AbortSignal;
  /** How long it rests after each batch, as a share of the batch's time. */
  readonly restShare: number;
  /** Called after each batch, and before the first. */
  readonly onProgress?: (progress: BackfillProgress) => void;
}

/** The loop over batches, with what it has to remember between them. */
export class BackfillWorker {
  readonly #connection: BackfillConnection;
  readonly #job: ClaimedBackfill & BackfillTable;
  readonly #run: BackfillRun;
  #batchSize: number;
  #rowsDone: number;
  /** It is done when a whole pass over the table found nothing to do. A pass that another worker began does not count. */
  #pass: { readonly isWhole: boolean; rowsChanged: number };
  #passes = 0;
  #failures = 0;

  constructor(connection: BackfillConnection, job: ClaimedBackfill & BackfillTable, run: BackfillRun) {
    this.#connection = connection;
    this.#job = job;
    this.#run = run;
    this.#batchSize = job.batchSize;
    this.#rowsDone = job.rowsDone;
    this.#pass = { isWhole: job.cursor === null, rowsChanged: 0 };
  }

  async work(): Promise<BackfillEnd> {
    this.#report();
    while (!this.#run.signal.aborted) {
      const startedAt = performance.now();
      const result = await this.#tryBatch();
      if (result === undefined) continue;
      if (result.type === 'none') return { type: result.reason };
      const end = await this.#take(result);
      if (end) return end;
      const elapsedMs = performance.now() - startedAt;
      this.#batchSize = nextBatchSize(this.#batchSize, elapsedMs);
      await this.#pause(restMs(elapsedMs, this.#run.restShare));
    }
    return { type: 'stopped' };
  }

  /** Undefined when it has to be tried again, after a while and with fewer rows. */
  async #tryBatch(): Promise<BatchResult | undefined> {
    try {
      const result = await runBatch(this.#connection, this.#job, this.#batchSize);
      this.#failures = 0;
      return result;
    } catch (error) {
      const failure = judgeFailure(error);
      if (failure.type !== 'wait' || this.#run.signal.aborted) throw error;
      this.#batchSize = smallerBatchSize(this.#batchSize);
      await this.#wait(
        failure.reason,
        doublingDelayMs(this.#failures, RETRY_DELAYS.firstMs, RETRY_DELAYS.longestMs),
      );
      this.#failures += 1;
      return undefined;
    }
  }

  async #take({
    rowsChanged,
    isLastOfPass,
  }: BatchResult & { type: 'batch' }): Promise<BackfillEnd | undefined> {
    this.#rowsDone += rowsChanged;
    this.#pass.rowsChanged += rowsChanged;
    this.#report();
    if (!isLastOfPass) return undefined;
    const { isWhole, rowsChanged: changedInPass } = this.#pass;
    if (isWhole && changedInPass === 0)
      return { type: (await note(this.#connection, this.#job, NOTES.done())) ? 'done' : 'paused' };
    this.#passes += 1;
    this.#pass = { isWhole: true, rowsChanged: 0 };
    if (this.#passes < MOST_PASSES) return undefined;
    const reason =
      `After ${MOST_PASSES} passes over "${this.#job.table}" there were still rows to change, ${changedInPass} in the last. ` +
      'Something continues writing such rows: an old version of the server without a trigger that fixes them?';
    await note(this.#connection, this.#job, NOTES.failed(reason));
    return { type: 'failed', reason };
  }

  async #wait(reason: string, ms: number): Promise<void> {
    this.#report(reason);
    // The job's row may be what we wait for; then only the log says so.
    await note(this.#connection, this.#job, NOTES.waits(reason)).catch(() => false);
    await this.#pause(ms);
  }

  async #pause(ms: number): Promise<void> {
    // The signal to stop ends the pause, and the loop sees it.
    await sleep(ms, undefined, { signal: this.#run.signal }).catch(() => undefined);
  }

  #report(waitsFor?: string): void {
    this.#run.onProgress?.({
      rowsDone: this.#rowsDone,
      rowsEstimate: this.#job.rowsEstimate,
      batchSize: this.#batchSize,
      ...(waitsFor !== undefined && { waitsFor }),
    });
  }
}
