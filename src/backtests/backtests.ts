/** Backtests: requested, watched, cancelled and removed by their owners. */

import { ENGINE_VERSION } from '../core/backtest/engine-version.ts';
import { Problem } from '../core/shared/problem.ts';
import { Listeners } from '../process/listeners.ts';
import { BacktestRunner } from './backtest-runner.ts';
import { termsOf } from './terms/backtest-terms.ts';
import { planBacktest } from './plan-backtest.ts';
import type { Log } from '../process/log.ts';
import type { PersonLimitSource } from '../people/administration/person-limits.ts';
import type { BacktestQueue } from './backtest-queue-store.ts';
import type { BacktestStore, StoredBacktest } from './backtest-store.ts';
import type { PriceSeriesStore } from '../prices/series/price-series-store.ts';
import type { BacktestListener, BacktestNews } from './backtest-runner.ts';
import type { BacktestRequest } from './plan-backtest.ts';

export interface BacktestsDependencies {
  readonly backtests: BacktestStore;
  readonly priceSeries: PriceSeriesStore;
  readonly queue: BacktestQueue;
  readonly databaseUrl: string;
  /** How many backtests run at once. */
  readonly threads: number;
  readonly log: Log;
  readonly limits: PersonLimitSource;
}

/** A person's backtest; `id` is the same when the request is repeated. */
export interface OwnedBacktestRequest extends BacktestRequest {
  readonly id: string;
  readonly userId: string;
}

/** Backtests of people. Every method refuses what is not the person's with `not-found`. */
export class Backtests implements AsyncDisposable {
  readonly #dependencies: BacktestsDependencies;
  readonly #runner: BacktestRunner;
  readonly #listeners = new Listeners<BacktestListener>();

  constructor(dependencies: BacktestsDependencies) {
    this.#dependencies = dependencies;
    const { queue, priceSeries, databaseUrl, threads, log } = dependencies;
    this.#runner = new BacktestRunner({
      queue,
      priceSeries,
      databaseUrl,
      threads,
      log,
      report: (news) => this.#notify(news),
    });
  }

  /** Starts to run what is queued. Without it, requests only wait, for another copy of the server to run them. */
  start(): void {
    this.#runner.start();
  }

  /** Adds a listener for progress; the function it returns removes it. */
  onBacktestProgress(listener: BacktestListener): () => void {
    return this.#listeners.add(listener);
  }

  /** Checks a request and puts it into the queue. A repeated request finds the backtest it made. */
  async create({ id, userId, ...request }: OwnedBacktestRequest): Promise<StoredBacktest> {
    const { backtests, priceSeries, limits } = this.#dependencies;
    const earlier = await backtests.findOf(userId, id);
    if (earlier) return earlier;
    const { spec, series, specHash } = await planBacktest(priceSeries, request, userId);
    const [main, ...others] = series;
    const backtest = {
      id,
      userId,
      strategyType: spec.strategyType,
      parameters: spec.parameters,
      instrument: spec.instrument,
      seriesId: main.id,
      otherSeries: Object.fromEntries(others.map(({ instrument, id: other }) => [instrument, other])),
      from: spec.from,
      until: spec.until,
      initialBalance: spec.initialBalance,
      currency: spec.currency,
      terms: termsOf(spec, { ofSeveral: others.length > 0 }),
      seed: spec.seed,
      specHash,
      engineVersion: ENGINE_VERSION,
    };
    const isQueued = await backtests.create(backtest, await limits.mostOf('unfinishedBacktests'));
    if (!isQueued)
      throw new Problem('conflict', 'A price series of the backtest was deleted at this moment.');
    this.#runner.wake();
    return this.get(userId, id);
  }

  async get(userId: string, backtestId: string): Promise<StoredBacktest> {
    const backtest = await this.#dependencies.backtests.findOf(userId, backtestId);
    if (!backtest) throw new Problem('not-found', 'You have no backtest with this id.');
    return backtest;
  }

  /** Cancels a backtest that is not finished, and returns it; one that is cancelled already stays so. */
  async cancel(userId: string, backtestId: string): Promise<StoredBacktest> {
    const cancelled = await this.#dependencies.backtests.cancelOf(userId, backtestId);
    const backtest = await this.get(userId, backtestId);
    if (!cancelled && backtest.status !== 'cancelled') {
      throw new Problem(
        'invalid-transition',
        `The backtest is ${backtest.status}; only queued and running ones can be cancelled.`,
      );
    }
    if (cancelled) await this.#forget(backtest);
    return backtest;
  }

  /** Removes a backtest with its report; a running one is ended. */
  async remove(userId: string, backtestId: string): Promise<void> {
    const backtest = await this.get(userId, backtestId);
    await this.#dependencies.backtests.deleteOf(userId, backtestId);
    await this.#runner.abort(backtest.id);
  }

  /** Ends what runs here and puts it back into the queue. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner.stop();
    await this.#dependencies.queue.close();
  }

  async #forget({ id, userId, status, progress, quotes }: StoredBacktest): Promise<void> {
    await this.#runner.abort(id);
    this.#notify({ backtestId: id, userId, status, progress, quotes });
  }

  #notify(news: BacktestNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}
