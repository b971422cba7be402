/** A whole HTTP server on a database of its own, for tests of everything that it serves. */

import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import type { Stores } from '../../src/server/compose-stores.ts';
import { createApp } from '../../src/http/app.ts';
import { createLog } from '../../src/server/log.ts';
import { RATE_LIMITS } from '../../src/http/rate-limits.ts';
import { StartProgress } from '../../src/http/readiness.ts';
import type { App, RouteRegistrar } from '../../src/http/route.ts';
import { apiRoutes } from '../../src/server/routes.ts';
import { BlockedIpStore } from '../../src/people/blocked-ip-store.ts';
import { IdempotencyStore } from '../../src/persistence/idempotency-store.ts';
import { JournalStore } from '../../src/journal/journal-store.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { queryBuilder } from '../../src/persistence/query-builder.ts';
import { SessionStore } from '../../src/people/session-store.ts';
import { SettingsStore } from '../../src/people/settings-store.ts';
import { UserStore } from '../../src/people/user-store.ts';
import { Auth } from '../../src/people/auth.ts';
import { Backtests } from '../../src/backtests/backtests.ts';
import { BlockedIps } from '../../src/people/blocked-ips.ts';
import { Idempotency } from '../../src/http/idempotency/idempotency.ts';
import { PriceSeries } from '../../src/prices/series/price-series.ts';
import { Sessions } from '../../src/people/sessions.ts';
import { Settings } from '../../src/people/settings.ts';
import { Users } from '../../src/people/users.ts';
import { createTestDatabase } from './database.ts';
import { quiet } from './quiet-log.ts';
import { composeTrading } from './trading-services.ts';

export const PASSWORD = 'a long enough secret';

/** 2026-03-02 12:00 UTC, or what a test makes of it. */
export interface TestClock {
  now: number;
}

export interface ServerOptions {
  readonly publicUrl?: string;
  readonly trustedProxies?: readonly string[];
  readonly rateLimits?: Partial<typeof RATE_LIMITS>;
  readonly routes?: readonly RouteRegistrar[];
}

export type TestServer = Awaited<ReturnType<typeof openTestServer>>;

/** Opens a server that is ready. Nothing listens: `app.inject` asks it, or `app.listen` opens a port. */
export async function openTestServer(options: ServerOptions = {}) {
  const database = await createTestDatabase();
  const lines: string[] = [];
  const log = createLog({ level: 'debug', stream: { write: (line) => void lines.push(line) } });
  const orm = openOrm({ databaseUrl: database.url, log });
  const clock: TestClock = { now: Date.UTC(2026, 2, 2, 12) };
  const trading = composeTrading(orm, database.url);
  const history = composeHistory(trading.stores, database.url);
  const services = { ...composeServices(orm, () => clock.now), ...trading, ...history };
  const rateLimits = {
    ...RATE_LIMITS,
    loginsOfAddress: 10_000,
    registrationsOfAddress: 10_000,
    ...options.rateLimits,
  };
  const publicUrl = options.publicUrl ?? 'http://forex.test';
  const readiness = new StartProgress();
  const app = await createApp({
    log,
    config: { publicUrl, trustedProxies: options.trustedProxies ?? [], rateLimits, version: '0.0.0' },
    readiness,
    ...services,
    routes: [
      ...(options.routes ?? []),
      ...apiRoutes({ ...services, publicUrl, rateLimits, strategyTypes: [] }),
    ],
  });
  readiness.complete();
  /** A trader with a session, made without the two password hashes of {@link signUp}, which are most of its time. */
  const addUser = async (): Promise<TestUser> => {
    const id = randomUUIDv7();
    const username = `u${randomUUID().slice(0, 12)}`;
    const email = `${username}@example.org`;
    await services.userStore.create({ id, email, username, role: 'trader', passwordHash: 'none' });
    const { token } = await services.sessions.open(id, {});
    return { id, email, username, token, headers: { authorization: `Bearer ${token}` } };
  };
  return {
    ...services,
    app,
    addUser,
    clock,
    database: queryBuilder(orm),
    log: lines,
    readiness,
    close: async () => {
      await app.close();
      await trading.stopTrading();
      await history.backtests[Symbol.asyncDispose]();
      await orm.close();
      await database.drop();
    },
  };
}

function composeServices(orm: ReturnType<typeof openOrm>, clock: () => number) {
  const journalStore = new JournalStore(orm);
  const journal = { record: (entry: Parameters<JournalStore['append']>[0]) => journalStore.append(entry) };
  const userStore = new UserStore(orm);
  const users = new Users({ store: userStore, journal });
  const sessions = new Sessions({ store: new SessionStore(orm), clock });
  return {
    userStore,
    users,
    sessions,
    auth: new Auth({ userStore, users, sessions, journal, clock }),
    settings: new Settings({ store: new SettingsStore(orm) }),
    blockedIps: new BlockedIps({ store: new BlockedIpStore(orm), clock }),
    idempotency: new Idempotency({ store: new IdempotencyStore(orm), clock }),
  };
}

/** Backtests are taken and not run. */
function composeHistory({ backtests, backtestQueue: queue, priceSeries }: Stores, databaseUrl: string) {
  return {
    priceSeries: new PriceSeries({ store: priceSeries }),
    backtests: new Backtests({ backtests, queue, priceSeries, databaseUrl, threads: 1, log: quiet }),
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
  if (registered.statusCode !== 201) throw new Error(registered.body);
  const { token } = await signIn(app, { email });
  return { id: registered.json().id, email, username, token, headers: { authorization: `Bearer ${token}` } };
}

/** Signs in and returns the answer. */
export async function signIn(
  app: App,
  { email }: { readonly email: string },
): Promise<{ readonly token: string; readonly cookie: string }> {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    payload: { email, password: PASSWORD },
  });
  if (answer.statusCode !== 200) throw new Error(answer.body);
  return { token: answer.json().token, cookie: `session=${answer.json().token}` };
}
