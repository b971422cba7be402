/** The server on a database of its own, composed as it is in production, with a market and a clock that the test drives. */

import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { brokerAccess, OandaConnections, openBroker } from '../../src/brokers/open-broker.ts';
import { present } from '../../src/core/shared/assert.ts';
import type { OandaConnectionsOptions } from '../../src/brokers/oanda/oanda-connections.ts';
import { createApp } from '../../src/http/app.ts';
import { RATE_LIMITS } from '../../src/http/rate-limits.ts';
import { StartProgress } from '../../src/http/readiness.ts';
import { Journal } from '../../src/journal/journal.ts';
import { findObstacle } from '../../src/operations/obstacle.ts';
import { DatabaseWatch } from '../../src/persistence/database-watch.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { queryBuilder } from '../../src/persistence/query-builder.ts';
import { parseFeedSpec } from '../../src/prices/feeds/feed-spec.ts';
import { PriceHub } from '../../src/prices/feeds/price-hub.ts';
import { hashPassword } from '../../src/people/password-hash.ts';
import { streamChannels } from '../../src/server/channels.ts';
import { makeServices } from '../../src/server/compose-services.ts';
import { openStores } from '../../src/server/compose-stores.ts';
import { readConfig } from '../../src/server/config.ts';
import { makeExaminations } from '../../src/server/examinations.ts';
import { createLog } from '../../src/server/log.ts';
import { apiRoutes } from '../../src/server/routes.ts';
import { project } from '../../src/server/schema.ts';
import { STREAM_LIMITS, StreamGateway } from '../../src/stream/gateway.ts';
import { registerSocketRoute } from '../../src/stream/socket-route.ts';
import { AccountOwnership } from '../../src/trading/account-ownership-store.ts';
import { BROKER_PATIENCE } from '../../src/trading/broker-patience.ts';
import { ANY_PACE } from './any-pace.ts';
import { createTestDatabase } from './database.ts';
import { quiet } from './quiet-log.ts';
import { ScriptedBrokers } from './scripted-brokers.ts';
import { testKeys } from './test-keys.ts';
import type { AddressInfo } from 'node:net';
import type { BacktestProgressSource } from '../../src/backtests/backtests-channel.ts';
import type { Broker } from '../../src/brokers/broker.ts';
import type { BackoffLimits } from '../../src/core/shared/backoff.ts';
import type { BrokerPatience } from '../../src/trading/broker-patience.ts';
import type { CheckPace } from '../../src/trading/broker-check.ts';
import type { ServiceParts } from '../../src/server/service-parts.ts';
import type { ImportPace } from '../../src/prices/import/price-imports.ts';
import type { App, RouteRegistrar } from '../../src/http/route.ts';
import type { Log } from '../../src/process/log.ts';
import type { Every } from '../../src/process/every.ts';
import type { StreamLimits } from '../../src/stream/gateway.ts';

export const PASSWORD = 'a long enough secret';
/** What is stored for it, here where hashes cost nothing. */
export const PASSWORD_HASH = await hashPassword(PASSWORD);

/** 2026-03-02 12:00 UTC, a Monday: the market is open. */
export const NOON = Date.UTC(2026, 2, 2, 12);

/** At their start and after gaps, and soon again: no test waits for a minute to pass. */
const RARE_CHECKS: CheckPace = { everyMs: 3_600_000, againMs: 5 };

export interface ServerOptions {
  readonly publicUrl?: string;
  readonly trustedProxies?: readonly string[];
  readonly rateLimits?: Partial<typeof RATE_LIMITS>;
  /** Of another server, of which this one is a copy; a database of its own when left out. */
  readonly databaseUrl?: string;
  /** Routes of the test's own. */
  readonly routes?: readonly RouteRegistrar[];
  readonly streamLimits?: Partial<TestStreamLimits>;
  /** How often accounts are compared with their brokers; hardly ever when left out. */
  readonly checkPace?: CheckPace;
  /** How often an account that cannot be run is tried again; as in production when left out. */
  readonly retryPace?: BackoffLimits;
  /** How long a read of a person may take; as in production when left out. */
  readonly readTimeoutMs?: number;
  readonly allowLiveTrading?: boolean;
  readonly importPace?: ImportPace;
  /** The mail server; none when left out. */
  readonly smtpUrl?: string;
  /** Whether webhooks may be at addresses that are not public, such as those of tests. */
  readonly notifyPrivate?: boolean;
  /** Where Telegram's Bot API is; nowhere when left out. */
  readonly telegramUrl?: string;
  /** Where OANDA is; scripted brokers take its place when this is left out. */
  readonly oanda?: OandaConnectionsOptions;
  /** Another timer than the clock's for what is streamed again and again. */
  readonly every?: Every;
  /** Everything logs into the server's lines, and not HTTP alone. */
  readonly logsEverything?: boolean;
  /** What the channel of backtests shows instead of the runner's progress. */
  readonly backtestProgress?: BacktestProgressSource;
}

export type TestServer = Awaited<ReturnType<typeof openTestServer>>;

/** Opens a server that is ready. Nothing listens, and nothing runs by itself: `app.inject` asks it, or `listen` opens a port. */
export async function openTestServer(options: ServerOptions = {}) {
  const database =
    options.databaseUrl === undefined ? await createTestDatabase() : sharedDatabase(options.databaseUrl);
  const lines: string[] = [];
  const log = createLog({ level: 'debug', stream: { write: (line) => void lines.push(line) } });
  const orm = openOrm({ databaseUrl: database.url, log, readTimeoutMs: options.readTimeoutMs });
  const clock = { now: NOON };
  const ofParts = options.logsEverything === true ? log : quiet;
  const parts = composeParts(orm, database.url, () => clock.now, options, ofParts);
  const services = makeServices(parts);
  const rateLimits = {
    ...RATE_LIMITS,
    loginsOfAddress: 10_000,
    registrationsOfAddress: 10_000,
    rowsASecondOfPerson: 1_000_000,
    rowsASecondOfAll: 1_000_000,
    ...options.rateLimits,
  };
  const publicUrl = options.publicUrl ?? 'http://forex.test';
  const lease = { isValid: true };
  const readiness = new StartProgress(() => lease.isValid);
  const examinations = makeExaminations({
    config: readConfig({ DATABASE_URL: database.url, BACKUP_BEFORE_MIGRATE: 'off' }),
    project,
    databaseUrl: database.url,
    orm,
    keys: parts.keys,
  });
  const watch = new DatabaseWatch({ databaseUrl: database.url, log });
  const app = await createApp({
    ...services,
    log,
    config: { publicUrl, trustedProxies: options.trustedProxies ?? [], rateLimits, version: '0.0.0' },
    readiness,
    obstacle: () => findObstacle({ database: watch, supervisor: services.supervisor }),
    routes: [
      ...(options.routes ?? []),
      ...apiRoutes({
        ...parts,
        ...services,
        copies: parts.stores.copies,
        backups: parts.stores.backups,
        examinations,
        publicUrl,
        rateLimits,
        strategyTypes: [],
      }),
    ],
  });
  const streamLimits: ChangeableLimits = { ...STREAM_LIMITS, ...options.streamLimits };
  const channels = streamChannels({
    ...parts,
    ...services,
    backtests: options.backtestProgress ?? services.backtests,
    every: options.every,
  });
  const gateway = new StreamGateway({
    ...services,
    socketsPerPerson: async () => streamLimits.socketsPerUser ?? services.serverSettings.mostOf('sockets'),
    log: ofParts,
    channels,
    limits: streamLimits,
  });
  await registerSocketRoute(app, { ...services, gateway, publicUrl, version: '0.0.0' });
  readiness.complete();
  const { stores, journal, hub, market, patience } = parts;
  return {
    ...parts,
    ...services,
    app,
    gateway,
    /** May be changed; sockets that are opened from then on have them. */
    streamLimits,
    /** May be changed; what waits from then on waits for so long. */
    patience,
    clock,
    orm,
    databaseUrl: database.url,
    database: queryBuilder(orm),
    log: lines,
    readiness,
    lease,
    /** Listens on a port of its own, with the journal followed; returns the address. */
    listen: async (): Promise<string> => {
      await journal.start();
      await app.listen({ port: 0, host: '127.0.0.1' });
      return `127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    },
    /** A trader, or an administrator, with a session, made without the two password hashes of {@link signUp}, which are most of its time. */
    addUser: async (role: 'trader' | 'admin' = 'trader') => {
      const id = randomUUIDv7();
      const username = `u${randomUUID().slice(0, 12)}`;
      const email = `${username}@example.org`;
      await stores.users.create({ id, email, username, role, passwordHash: PASSWORD_HASH });
      const { token, sessionId } = present(
        await services.sessions.open(id, {}, { passwordHash: PASSWORD_HASH }),
        'the session',
      );
      return { id, email, username, token, sessionId, headers: { authorization: `Bearer ${token}` } };
    },
    /** A paper account that no process trades. */
    addAccount: (userId: string) =>
      stores.accounts.create({
        id: randomUUIDv7(),
        userId,
        name: 'Paper',
        currency: 'USD',
        hedging: false,
        initialBalance: 1_000_000_000,
        limits: {},
      }),
    /** A price, now on the market; resolves when every account has processed it. */
    quote: async (instrument: string, bid: number, ask: number, afterMs = 1_000) => {
      market.now += afterMs;
      hub.publishQuote({ instrument, at: market.now, bid, ask });
      await services.supervisor.settled();
    },
    close: async () => {
      app.server.closeAllConnections();
      await app.close();
      await services.jobRunner.stop();
      await services.supervisor.stop();
      await watch.stop();
      await services.priceImports.stop();
      await services.backtests[Symbol.asyncDispose]();
      await services.notifier.stop();
      await services.escalator.stop();
      await services.notificationFeed.stop();
      await services.notificationDeliveries.stop();
      await parts.ownership.close();
      await journal.stop();
      await orm.close();
      await database.drop();
    },
  };
}

/** Limits of sockets; one person may have as many as the server's settings say, unless `socketsPerUser` says otherwise. */
interface TestStreamLimits extends StreamLimits {
  readonly socketsPerUser?: number;
}

type ChangeableLimits = { -readonly [Name in keyof TestStreamLimits]: TestStreamLimits[Name] };
type ChangeablePatience = { -readonly [Name in keyof BrokerPatience]: BrokerPatience[Name] };

/** A database that belongs to another server. */
function sharedDatabase(url: string) {
  return { url, drop: () => Promise.resolve() };
}

function composeParts(
  orm: ReturnType<typeof openOrm>,
  databaseUrl: string,
  clock: () => number,
  {
    checkPace = RARE_CHECKS,
    retryPace,
    allowLiveTrading = false,
    importPace,
    smtpUrl,
    notifyPrivate = false,
    telegramUrl = 'http://telegram.invalid',
    oanda,
    trustedProxies = [],
  }: ServerOptions,
  log: Log,
): ServiceParts & {
  readonly brokerage: ScriptedBrokers;
  readonly market: { now: number };
  readonly patience: ChangeablePatience;
  readonly wire: { through: (broker: Broker, accountId: string) => Broker };
} {
  const stores = openStores(orm, databaseUrl);
  const market = { now: NOON };
  // Its quotes come from the test.
  const feed = {
    isLockStep: false,
    instruments: ['EUR_USD', 'USD_JPY'],
    marketTime: () => market.now,
    start: () => undefined,
    stop: () => Promise.resolve(),
  };
  const hub = new PriceHub(feed);
  /** What a test may put between an account and its broker. */
  const wire = { through: (broker: Broker, _accountId: string): Broker => broker };
  const brokerage = new ScriptedBrokers(() => market.now);
  const sources = { paperPrices: hub, connections: new OandaConnections({ limits: ANY_PACE, ...oanda }) };
  return {
    config: {
      PAPER_FEED: parseFeedSpec('synthetic'),
      BACKTEST_THREADS: 1,
      ALLOW_LIVE_TRADING: allowLiveTrading,
      RECORDED_QUOTES_DAYS: 30,
      BACKUP_KEEP: 14,
      ...(smtpUrl !== undefined && { SMTP_URL: smtpUrl, MAIL_FROM: 'forex@example.org' }),
      PUBLIC_URL: 'http://forex.test',
      NOTIFY_PRIVATE_ADDRESSES: notifyPrivate,
      TELEGRAM_URL: telegramUrl,
    },
    keys: testKeys(),
    brokers: oanda ? brokerAccess(sources) : brokerage.access,
    brokerage,
    databaseUrl,
    stores,
    journal: new Journal({ store: stores.journal, log }),
    market,
    feed,
    hub,
    wire,
    ownership: new AccountOwnership(orm, databaseUrl),
    log,
    trustedProxies,
    clock,
    mayAct: () => true,
    checkPace,
    retryPace,
    importPace,
    patience: { ...BROKER_PATIENCE },
    openBroker: async (account, start) =>
      start.token === undefined || oanda
        ? wire.through(await openBroker({ ...account, ...start }, sources), account.id)
        : brokerage.open(account.brokerAccountId, start.token),
  };
}

/** Opens a server for the tests of a file. */
export function useServer(options?: ServerOptions): { readonly server: TestServer } {
  let opened: TestServer | undefined;
  beforeAll(async () => {
    opened = await openTestServer(options);
  });
  afterAll(() => opened?.close());
  return {
    get server() {
      if (!opened) throw new Error('The server is there when the tests run, not before.');
      return opened;
    },
  };
}

export interface TestUser {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly token: string;
  readonly headers: { readonly authorization: string };
}

/** Signs a new trader up and in over HTTP; where that is not what is tested, `server.addUser()` is quicker. */
export async function signUp(app: App): Promise<TestUser> {
  const username = `u${randomUUID().slice(0, 12)}`;
  const email = `${username}@example.org`;
  const registered = await app.inject({
    method: 'POST',
    url: '/api/v1/auth/register',
    payload: { email, username, password: PASSWORD },
  });
  // A server that sends e-mail answers there.
  if (registered.statusCode !== 201 && registered.statusCode !== 202) throw new Error(registered.body);
  const { token, id } = await signIn(app, { email });
  return { id, email, username, token, headers: { authorization: `Bearer ${token}` } };
}

/** Signs in and returns the answer. */
export async function signIn(
  app: App,
  { email }: { readonly email: string },
): Promise<{ readonly id: string; readonly token: string; readonly cookie: string }> {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    payload: { email, password: PASSWORD },
  });
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return {
    id: answer.json().user.id,
    token: answer.json().token,
    cookie: `${app.cookieNames.session}=${answer.json().token}`,
  };
}
