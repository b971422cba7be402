/** The composition root: every part of the server, built in start order on one stack and stopped in reverse. */

import { makeBrokers } from './compose-brokers.ts';
import { prepareDatabase } from './compose-database.ts';
import { makeServices } from './compose-services.ts';
import { confirmStartSchema, startWithSchema } from './compose-schema.ts';
import { openMetrics, servedMetrics } from './compose-metrics.ts';
import { openStores } from './compose-stores.ts';
import { openTracing } from './compose-tracing.ts';
import { startUpkeep } from './compose-upkeep.ts';
import { createApp } from '../http/app.ts';
import { closeApp, listen } from '../http/listen.ts';
import { RATE_LIMITS } from '../http/rate-limits.ts';
import { StartProgress } from '../http/readiness.ts';
import { startAlivePing } from './compose-alive-ping.ts';
import { startNotifications } from './compose-notifications.ts';
import { streamChannels } from './channels.ts';
import { apiRoutes } from './routes.ts';
import { makeExaminations } from './examinations.ts';
import { openKeyRing } from './key-ring.ts';
import { refuseKnownPasswords, refuseMissingKeys } from './production-secrets.ts';
import { project as ownProject } from './schema.ts';
import { openPriceFeed } from '../prices/feeds/open-price-feed.ts';
import { SYSTEM_CLOCK } from '../prices/feeds/price-feed.ts';
import { AccountOwnership } from '../trading/account-ownership-store.ts';
import { DatabaseWatch } from '../persistence/database-watch.ts';
import { openOrm } from '../persistence/orm.ts';
import { Pools } from '../persistence/pool-use.ts';
import { QuoteFanOut } from '../prices/quote-fan-out.ts';
import { changesBlocks } from '../people/administration/address-admin.ts';
import { endedSessionsOf } from '../people/auth.ts';
import { Journal } from '../journal/journal.ts';
import { PriceHub } from '../prices/feeds/price-hub.ts';
import { findObstacle } from '../operations/obstacle.ts';
import { describeStrategyTypes } from '../trading/strategies/strategy-types.ts';
import { STRATEGY_TYPES } from '../core/strategies/registry.ts';
import { StreamGateway } from '../stream/gateway.ts';
import { registerSocketRoute } from '../stream/socket-route.ts';
import { VERSION } from './version.ts';
import { ServingLease } from '../migrator/index.ts';
import type { Project } from '../migrator/index.ts';
import type { OandaTimes } from '../brokers/open-broker.ts';
import type { ServiceParts } from './service-parts.ts';
import type { UpkeepParts } from './compose-upkeep.ts';
import type { Config } from './config.ts';
import type { ServerLog } from './log.ts';
import type { PriceFeed } from '../prices/feeds/price-feed.ts';

/** What the server is started with: where its log goes, and the signal that stops it while it is still starting. */
export interface StartOptions {
  readonly log: ServerLog;
  readonly signal: AbortSignal;
  /** How long is waited for what, where that is not as usual. */
  readonly pace?: ServerPace;
  /** Another version's migrations; this one's when left out. For tests only. */
  readonly project?: Project;
}

/** Times that a drill shortens, so that what takes minutes is tried hundreds of times. */
export interface ServerPace extends Pick<ServiceParts, 'checkPace' | 'patience' | 'leaseMs' | 'silence'> {
  readonly oanda?: Partial<OandaTimes>;
}

/** A running server. Disposing of it stops everything in reverse order of starting. */
export interface Server extends AsyncDisposable {
  readonly address: string;
  /** How many accounts run here, and how many strategies on them. */
  readonly running: { readonly accounts: number; readonly strategies: number };
  /** Rejects when the server must not continue, because the schema has become one that it does not know. */
  readonly failed: Promise<never>;
}

/** Starts the server; undefined when it only had to migrate. What was started is stopped again when something fails. */
export async function startServer(config: Config, options: StartOptions): Promise<Server | undefined> {
  const stack = new AsyncDisposableStack();
  try {
    const server = await start(config, options, stack);
    if (server === undefined) await stack.disposeAsync();
    return server;
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function start(
  config: Config,
  { log, signal, pace = {}, project = ownProject }: StartOptions,
  stack: AsyncDisposableStack,
): Promise<Server | undefined> {
  refuseKnownPasswords(config);
  const feed = await openPriceFeed(config.PAPER_FEED, SYSTEM_CLOCK);
  const database = await prepareDatabase(config, log);
  stack.defer(() => database.stop());
  const lease = new ServingLease();
  const readiness = new StartProgress(() => lease.isValid);
  const failed = Promise.withResolvers<never>();
  // When the server is stopped before it fails, nothing awaits this.
  failed.promise.catch(() => undefined);
  const server = await buildServer({
    config,
    log,
    signal,
    feed,
    databaseUrl: database.url,
    readiness,
    lease,
    pace,
    project,
    stack,
  });

  const address = config.MIGRATIONS === 'only' ? '' : await server.listen();
  readiness.enter('waiting for the database');
  await database.start(signal);
  readiness.enter('migrating');
  const schema = { config, project, databaseUrl: database.url, log, signal, readiness };
  const migrationUrl = await startWithSchema(schema);
  if (config.MIGRATIONS === 'only') return undefined;

  readiness.enter('starting accounts');
  await server.start({
    confirmSchema: () => confirmStartSchema({ ...schema, databaseUrl: migrationUrl }),
    onLost: failed.reject,
  });
  readiness.complete();
  return {
    address,
    running: server.running(),
    failed: failed.promise,
    [Symbol.asyncDispose]: async () => {
      readiness.stop();
      await stack.disposeAsync();
    },
  };
}

interface BuildParts extends Required<StartOptions> {
  readonly config: Config;
  readonly feed: PriceFeed;
  readonly databaseUrl: string;
  readonly readiness: StartProgress;
  readonly lease: ServingLease;
  readonly stack: AsyncDisposableStack;
}

/** Builds every part; none of them touches the database before `start`, so that the port answers while the database is still starting. */
async function buildServer(parts: BuildParts) {
  const { config, log, signal, feed, databaseUrl, readiness, lease, pace, project, stack } = parts;
  const { oanda: times, ...servicePace } = pace;
  const metrics = await openMetrics(config, stack);
  const tracing = await openTracing(config, stack);
  const pools = new Pools();
  const orm = openOrm({ databaseUrl, log, pools });
  stack.defer(() => orm.close(true));
  const database = new DatabaseWatch({ databaseUrl, log });
  stack.defer(() => database.stop());
  const stores = openStores(orm, databaseUrl);
  const ownership = new AccountOwnership(orm, databaseUrl);
  stack.defer(() => ownership.close());
  const journal = new Journal({ store: stores.journal, log });
  const hub = new PriceHub(feed);
  const mayAct = (): boolean => lease.isValid;
  const trustedProxies = config.TRUSTED_PROXIES.split(',')
    .map((proxy) => proxy.trim())
    .filter((proxy) => proxy !== '');
  const keys = openKeyRing(config);
  const services = makeServices({
    config,
    trustedProxies,
    databaseUrl,
    stores,
    journal,
    feed,
    hub,
    ownership,
    log,
    clock: () => Date.now(),
    ...servicePace,
    mayAct,
    keys,
    ...makeBrokers({ hub, practiceUrl: config.OANDA_PRACTICE_URL, times, ownership, mayAct }),
    onOrderStage: metrics && ((...stage) => metrics.orderStage(...stage)),
    tracing,
  });
  const http = {
    publicUrl: config.PUBLIC_URL ?? `http://localhost:${config.PORT}`,
    trustedProxies,
    rateLimits: RATE_LIMITS,
    version: VERSION,
  };
  const routes = apiRoutes({
    ...http,
    ...services,
    stores,
    copies: stores.copies,
    backups: stores.backups,
    examinations: makeExaminations({ config, project, databaseUrl, orm, keys }),
    hub,
    strategyTypes: describeStrategyTypes(STRATEGY_TYPES),
  });
  const obstacle = () => findObstacle({ database, supervisor: services.supervisor });
  const quoteFanOut = new QuoteFanOut();
  const measured = servedMetrics({
    metrics,
    token: config.METRICS_TOKEN,
    orm,
    project,
    isReady: () => readiness.isReady,
    obstacle,
    database,
    supervisor: services.supervisor,
    pools: () => pools.use(),
    jobs: services.jobs,
    sockets: () => gateway.size,
    conflatedQuotes: () => quoteFanOut.conflated,
    notifications: {
      made: () => services.notifier.made,
      attempts: () => services.notificationDeliveries.attempts.all,
    },
    linesByLevel: log.lines.countByLevel,
  });
  const app = await createApp({ ...services, ...measured, log, config: http, readiness, obstacle, routes });
  stack.defer(() => closeApp(app));
  const channels = streamChannels({ ...services, stores, journal, quoteFanOut });
  const gateway = new StreamGateway({
    ...services,
    socketsPerPerson: () => services.serverSettings.mostOf('sockets'),
    log,
    channels,
  });
  await registerSocketRoute(app, { ...services, gateway, publicUrl: http.publicUrl, version: http.version });
  return {
    listen: () => listen(app, { host: config.HOST, port: config.PORT }),
    running: () => {
      const accounts = [...services.supervisor.running];
      const strategies = accounts.reduce((sum, account) => sum + account.strategies.count, 0);
      return { accounts: accounts.length, strategies };
    },
    start: async (schema: Pick<UpkeepParts, 'confirmSchema' | 'onLost'>) => {
      await refuseMissingKeys({ config, keys, orm, log });
      database.start();
      log.lines.demote((error) => database.notice(error));
      await startUpkeep({ stores, project, databaseUrl, log, signal, lease, ...schema }, stack);
      await journal.start();
      stack.defer(() => journal.stop());
      // A session that ended in another copy of the server ends here too, and an address that is blocked there is blocked here.
      journal.subscribe((entries) => {
        services.credentials.forget(entries.flatMap(endedSessionsOf));
        if (entries.some(changesBlocks)) services.blockedIps.reread();
        services.interventions.follow(entries);
        services.notifier.wake();
      });
      await startNotifications(services, stack);
      services.mails.start();
      stack.defer(() => services.mails.stop());
      services.jobRunner.start();
      stack.defer(() => services.jobRunner.stop());
      services.priceImports.start();
      stack.defer(() => services.priceImports.stop());
      services.backtests.start();
      stack.use(services.backtests);
      services.quoteRecorder.start();
      stack.defer(() => services.quoteRecorder.stop());
      await services.supervisor.start();
      stack.defer(() => services.supervisor.stop());
      stack.defer(() => services.interventions.settled());
      services.streamWatch.start();
      stack.defer(() => services.streamWatch.stop());
      services.equityRecorder.start();
      stack.defer(() => services.equityRecorder.stop());
      startAlivePing({ config, isAlive: () => readiness.isReady && !obstacle(), log }, stack);
      services.startFeedIfWanted();
      stack.defer(() => feed.stop());
    },
  };
}
