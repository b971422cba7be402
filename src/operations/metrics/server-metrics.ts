/** The metrics of this copy of the server: what happens is counted as it happens, and all else is read when someone asks. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { makeMetrics } from './metric-set.ts';
import type { Counter, Histogram } from 'prom-client';
import type { AnsweredRequest } from '../../http/answer-counts.ts';
import type { Environment } from '../../core/domain/account.ts';
import type { OrderStage } from '../../trading/order-times.ts';
import type { MeasuredAccount, MetricSources } from './metric-sources.ts';
import type { MetricSet } from './metric-set.ts';

/** The names of pino's levels. */
const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
const NANOSECONDS = 1e9;
/** How often the event loop is looked at; what it measures has this in it. */
const LOOP_RESOLUTION_MS = 10;

interface RequestSeries {
  readonly count: Counter.Internal;
  readonly seconds: Histogram.Internal<'method' | 'route'>;
}

export class ServerMetrics {
  readonly #metrics: MetricSet = makeMetrics();
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  /** Finding the series of a request by its labels costs more than counting it. */
  readonly #requestSeries = new Map<string, RequestSeries>();

  constructor() {
    this.#loopDelay.enable();
  }

  /** The type of {@link ServerMetrics.text}. */
  get contentType(): string {
    return this.#metrics.registry.contentType;
  }

  /** An order has come to a stage. */
  orderStage(environment: Environment, stage: OrderStage, seconds: number): void {
    this.#metrics.orderSeconds.observe({ environment, stage }, seconds);
  }

  /** A request was answered. */
  answered({ method, route = 'none', status, seconds }: AnsweredRequest): void {
    const name = `${method} ${route} ${status}`;
    let series = this.#requestSeries.get(name);
    if (!series) {
      series = {
        count: this.#metrics.requests.labels({ method, route, status: String(status) }),
        seconds: this.#metrics.requestSeconds.labels({ method, route }),
      };
      this.#requestSeries.set(name, series);
    }
    series.count.inc();
    series.seconds.observe(seconds);
  }

  /** All metrics as Prometheus reads them. */
  async text(sources: MetricSources): Promise<string> {
    this.#readServer(sources);
    this.#readAccounts(sources);
    this.#readNotifications(sources);
    this.#readProcess();
    await this.#readDatabase(sources);
    return this.#metrics.registry.metrics();
  }

  /** Ends what it does by itself. */
  stop(): void {
    this.#loopDelay.disable();
  }

  #readServer({
    version,
    isReady,
    obstacle,
    database,
    pools,
    sockets,
    conflatedQuotes,
    linesByLevel,
  }: MetricSources): void {
    const metrics = this.#metrics;
    metrics.build.set({ version }, 1);
    metrics.ready.set(isReady() && !obstacle() ? 1 : 0);
    metrics.databaseUp.set(database.isAway ? 0 : 1);
    for (const { pool, open, inUse, waiting } of pools()) {
      metrics.poolConnections.set({ pool }, open);
      metrics.poolInUse.set({ pool }, inUse);
      metrics.poolWaiting.set({ pool }, waiting);
    }
    metrics.sockets.set(sockets());
    metrics.conflated.reset();
    metrics.conflated.inc(conflatedQuotes());
    metrics.logLines.reset();
    // Levels without a line are there, too: an increase from nothing is one.
    for (const [level, name] of Object.entries(LEVELS))
      metrics.logLines.inc({ level: name }, linesByLevel.get(Number(level)) ?? 0);
  }

  #readAccounts({ supervisor }: MetricSources): void {
    const metrics = this.#metrics;
    for (const gauge of [
      metrics.accounts,
      metrics.accountsHalted,
      metrics.accountsDiffering,
      metrics.comparisonAge,
      metrics.streamAge,
    ])
      gauge.reset();
    const accounts = [...supervisor.running];
    for (const [environment, all] of Map.groupBy(accounts, (account) => account.environment))
      this.#readEnvironment(environment, all);
    metrics.strategies.set(accounts.reduce((sum, { strategies }) => sum + strategies.count, 0));
    metrics.accountsFaulty.set(supervisor.faulty);
    metrics.accountsReconciling.set(supervisor.reconciling);
  }

  #readNotifications({ notifications }: MetricSources): void {
    const { notificationsMade, messages } = this.#metrics;
    notificationsMade.reset();
    notificationsMade.inc(notifications.made());
    messages.reset();
    for (const { kind, result, count } of notifications.attempts()) messages.inc({ kind, result }, count);
  }

  #readEnvironment(environment: Environment, accounts: readonly MeasuredAccount[]): void {
    const metrics = this.#metrics;
    metrics.accounts.set({ environment }, accounts.length);
    metrics.accountsHalted.set({ environment }, accounts.filter(({ isHalted }) => isHalted).length);
    metrics.accountsDiffering.set(
      { environment },
      accounts.filter(({ comparison }) => comparison.isDiffering).length,
    );
    const oldestMs = Math.max(...accounts.map(({ comparison }) => comparison.comparisonAgeMs));
    metrics.comparisonAge.set({ environment }, oldestMs / 1_000);
    const streams = Map.groupBy(
      accounts.flatMap((account) => account.streams),
      ({ stream }) => stream,
    );
    for (const [stream, states] of streams) {
      const silentMs = Math.max(...states.map((state) => state.silentMs));
      metrics.streamAge.set({ environment, stream }, silentMs / 1_000);
    }
  }

  #readProcess(): void {
    const metrics = this.#metrics;
    metrics.loopDelayP99.set(delaySeconds(this.#loopDelay.percentile(99)));
    metrics.loopDelayMax.set(delaySeconds(this.#loopDelay.max));
    this.#loopDelay.reset();
    const { user, system } = process.cpuUsage();
    metrics.processor.reset();
    metrics.processor.inc((user + system) / 1e6);
    metrics.memory.set(process.memoryUsage.rss());
    metrics.startedAt.set(performance.timeOrigin / 1_000);
  }

  /** What only the database knows is left out while it does not answer; the rest is wanted most then. */
  async #readDatabase({ isReady, database, queues, jobs }: MetricSources): Promise<void> {
    const metrics = this.#metrics;
    for (const gauge of [
      metrics.queued,
      metrics.working,
      metrics.migrationsPending,
      metrics.messagesWaiting,
      metrics.messagesDead,
      metrics.messageAge,
      metrics.jobSuccessAge,
      metrics.jobFailures,
    ])
      gauge.reset();
    metrics.migrationsPending.remove();
    metrics.messageAge.remove();
    if (database.isAway || !isReady()) return;
    const depths = await queues.read().catch(() => undefined);
    const health = await jobs.health().catch(() => []);
    for (const { name, successAgeMs, failures } of health) {
      metrics.jobSuccessAge.set({ scheduled_job: name }, successAgeMs / 1_000);
      metrics.jobFailures.set({ scheduled_job: name }, failures);
    }
    if (!depths) return;
    metrics.queued.set({ queue: 'backtests' }, depths.backtests.waiting);
    metrics.working.set({ queue: 'backtests' }, depths.backtests.running);
    metrics.working.set({ queue: 'price_imports' }, depths.priceImports.running);
    metrics.queued.set({ queue: 'mails' }, depths.mails.waiting);
    for (const { kind, waiting, dead } of depths.messages) {
      metrics.messagesWaiting.set({ kind }, waiting);
      metrics.messagesDead.set({ kind }, dead);
    }
    metrics.messageAge.set(depths.overdueSeconds);
    metrics.migrationsPending.set(depths.pendingMigrations);
  }
}

function delaySeconds(intervalNanoseconds: number): number {
  return Math.max(0, intervalNanoseconds / NANOSECONDS - LOOP_RESOLUTION_MS / 1_000);
}
