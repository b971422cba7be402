/** Runs queued backtests in threads, a few at a time, and keeps their rows up to date. */

import { Problem } from '../core/shared/problem.ts';
import { reportOf } from './backtest-report.ts';
import { specOf } from './terms/backtest-terms.ts';
import { Periodic } from '../process/periodic.ts';
import { BacktestThreads } from './backtest-threads.ts';
import type { Log } from '../process/log.ts';
import type { BacktestResult } from '../core/backtest/backtest-result.ts';
import type { BacktestQueue, ClaimedBacktest } from './backtest-queue-store.ts';
import type { BacktestStatus } from './backtest-store.ts';
import type { PriceSeriesStore } from '../prices/series/price-series-store.ts';
import type { BacktestThread, RunEnd } from './backtest-thread.ts';
import type { FedSeries, RunProgress } from './run-stored-backtest.ts';

/** The progress of a backtest, for anyone who watches. */
export interface BacktestNews extends RunProgress {
  readonly backtestId: string;
  readonly userId: string;
  readonly status: BacktestStatus;
}

export type BacktestListener = (news: BacktestNews) => void;

export interface BacktestRunnerDependencies {
  readonly queue: BacktestQueue;
  readonly priceSeries: PriceSeriesStore;
  readonly databaseUrl: string;
  /** How many run at once. */
  readonly threads: number;
  readonly report: BacktestListener;
  readonly log: Log;
}

/** Another copy of the server may have put something into the queue; our own requests wake us at once. */
const LOOK_EVERY_MS = 2_000;
/** How often backtests of runners that are gone are looked for: every so many looks. */
const LOOKS_A_SWEEP = 15;

/** Takes backtests from the queue for as long as it is started. */
export class BacktestRunner {
  readonly #dependencies: BacktestRunnerDependencies;
  readonly #threads: BacktestThreads;
  /** The threads that run something, by the id of the backtest. */
  readonly #threadsById = new Map<string, BacktestThread>();
  readonly #ends = new Set<Promise<void>>();
  readonly #looking: Periodic;
  #looks = 0;

  constructor(dependencies: BacktestRunnerDependencies) {
    this.#dependencies = dependencies;
    this.#threads = new BacktestThreads(dependencies.databaseUrl);
    this.#looking = new Periodic({
      everyMs: LOOK_EVERY_MS,
      work: () => this.#look(),
      // The database cannot be reached; the next attempt may succeed.
      onFailure: (error) => dependencies.log.warn({ err: error }, 'the queue of backtests could not be read'),
    });
  }

  /** Starts to look for work; backtests whose runner is gone come first. */
  start(): void {
    this.#looking.start();
    this.#looking.wake();
  }

  /** Looks for work now. Does nothing before the start and after the stop. */
  wake(): void {
    this.#looking.wake();
  }

  /** Ends the run of a backtest that is no longer wanted, if it runs here. */
  async abort(backtestId: string): Promise<void> {
    await this.#threadsById.get(backtestId)?.stop();
  }

  /** Stops looking, ends all threads and puts their backtests back into the queue. */
  async stop(): Promise<void> {
    await this.#looking.stop();
    await this.#threads.stop();
    await Promise.all(this.#ends);
  }

  async #look(): Promise<void> {
    if (this.#looks++ % LOOKS_A_SWEEP === 0) await this.#sweep();
    await this.#dependencies.queue.cancelOfDisabled();
    await this.#fillThreads();
  }

  async #sweep(): Promise<void> {
    const count = await this.#dependencies.queue.requeueOrphans();
    if (count > 0)
      this.#dependencies.log.info({ count }, 'backtests of a runner that is gone are queued again');
  }

  async #fillThreads(): Promise<void> {
    const { queue, threads } = this.#dependencies;
    while (!this.#looking.isStopped && this.#ends.size < threads) {
      const claim = await queue.claimNext();
      if (!claim) return;
      const end = this.#run(claim).catch((error: unknown) => {
        this.#dependencies.log.error(
          { err: error, backtestId: claim.id },
          'the end of a backtest could not be recorded',
        );
      });
      this.#ends.add(end);
      void end.finally(() => {
        this.#ends.delete(end);
        this.wake();
      });
    }
  }

  async #run(claim: ClaimedBacktest): Promise<void> {
    this.#report(claim, 'running', { progress: 0, quotes: 0 });
    const end = await this.#runInThread(claim);
    const { queue } = this.#dependencies;
    if (end.type === 'stopped' && this.#looking.isStopped) return queue.giveBack(claim);
    try {
      const status = await this.#record(claim, end);
      if (status)
        this.#report(claim, status, { progress: status === 'completed' ? 1 : 0, quotes: quotesOf(end) });
    } finally {
      await queue.release(claim);
    }
  }

  /** Records how it ended; undefined when the backtest had been cancelled or removed meanwhile. */
  async #record(claim: ClaimedBacktest, end: RunEnd): Promise<BacktestStatus | undefined> {
    const { queue } = this.#dependencies;
    if (end.type === 'stopped') return undefined;
    const error = end.type === 'died' ? end.reason : this.#strategyError(claim, end.result);
    if (end.type === 'result' && error === undefined) {
      return (await queue.complete(claim, reportOf(end.result))) ? 'completed' : undefined;
    }
    return (await queue.fail(claim, error ?? 'unknown')) ? 'failed' : undefined;
  }

  /** Returns why the strategy failed, with the time and the place; its author finds the whole stack in the log. */
  #strategyError({ id }: ClaimedBacktest, { strategyFailure }: BacktestResult): string | undefined {
    if (!strategyFailure) return undefined;
    const { at, reason, stack } = strategyFailure;
    const marketTime = new Date(at).toISOString();
    this.#dependencies.log.warn({ backtestId: id, marketTime, stack }, 'the strategy of a backtest failed');
    const [place] = stack?.match(/[\w-]+\.ts:\d+/) ?? [];
    return `${reason}${place === undefined ? '' : ` at ${place}`}, market time ${marketTime}`;
  }

  async #runInThread(claim: ClaimedBacktest): Promise<RunEnd> {
    try {
      const series = await seriesOf(this.#dependencies.priceSeries, claim);
      if (this.#looking.isStopped) return { type: 'stopped' };
      const thread = this.#threads.take();
      this.#threadsById.set(claim.id, thread);
      const end = await thread.run({ spec: specOf(claim), series }, this.#progressOf(claim));
      // From now on it may run another one, which an abort of this one must not end.
      this.#threadsById.delete(claim.id);
      await this.#threads.giveBack(thread, end);
      return end;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { type: 'died', reason: error.message };
    }
  }

  #progressOf(claim: ClaimedBacktest): (progress: RunProgress) => void {
    return (progress) => {
      this.#report(claim, 'running', progress);
      void this.#recordProgress(claim, progress);
    };
  }

  async #recordProgress(claim: ClaimedBacktest, { progress, quotes }: RunProgress): Promise<void> {
    try {
      const isOurs = await this.#dependencies.queue.progress(claim, progress, quotes);
      if (!isOurs) await this.abort(claim.id);
    } catch (error) {
      // The run itself needs no progress; its end will be recorded, or the backtest is run again.
      this.#dependencies.log.warn(
        { err: error, backtestId: claim.id },
        'the progress of a backtest could not be recorded',
      );
    }
  }

  #report({ id, userId }: ClaimedBacktest, status: BacktestStatus, progress: RunProgress): void {
    this.#dependencies.report({ backtestId: id, userId, status, ...progress });
  }
}

async function seriesOf(
  store: PriceSeriesStore,
  { seriesId, otherSeries }: ClaimedBacktest,
): Promise<readonly FedSeries[]> {
  const found = await Promise.all([seriesId, ...Object.values(otherSeries)].map((id) => store.find(id)));
  return found.map((series) => {
    if (!series) throw new Problem('internal-error', 'The price series is gone.');
    return { instrument: series.instrument, id: series.id, granularity: series.granularity };
  });
}

function quotesOf(end: RunEnd): number {
  return end.type === 'result' ? end.result.quotes : 0;
}
