/** An HTTP server with price series and backtests, on a database of its own. */

import { createApp } from '../../src/http/app.ts';
import { createLog } from '../../src/server/log.ts';
import { RATE_LIMITS } from '../../src/http/rate-limits.ts';
import { StartProgress } from '../../src/http/readiness.ts';
import { registerAuthRoutes } from '../../src/people/auth-routes.ts';
import { registerBacktestRoutes } from '../../src/backtests/backtest-routes.ts';
import { registerPriceSeriesRoutes } from '../../src/prices/series/price-series-routes.ts';
import { BacktestQueue } from '../../src/backtests/backtest-queue-store.ts';
import { BacktestReportStore } from '../../src/backtests/backtest-report-store.ts';
import { BacktestStore } from '../../src/backtests/backtest-store.ts';
import { BlockedIpStore } from '../../src/people/blocked-ip-store.ts';
import { IdempotencyStore } from '../../src/persistence/idempotency-store.ts';
import { JournalStore } from '../../src/journal/journal-store.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { PriceSeriesStore } from '../../src/prices/series/price-series-store.ts';
import { SessionStore } from '../../src/people/session-store.ts';
import { UserStore } from '../../src/people/user-store.ts';
import { Auth } from '../../src/people/auth.ts';
import { Backtests } from '../../src/backtests/backtests.ts';
import { BlockedIps } from '../../src/people/blocked-ips.ts';
import { Idempotency } from '../../src/http/idempotency/idempotency.ts';
import { PriceSeries } from '../../src/prices/series/price-series.ts';
import { Sessions } from '../../src/people/sessions.ts';
import { Users } from '../../src/people/users.ts';
import { createTestDatabase } from './database.ts';
import { quiet } from './quiet-log.ts';

const PUBLIC_URL = 'http://forex.test';

export type BacktestServer = Awaited<ReturnType<typeof openBacktestServer>>;

/** Opens it; `app.inject` asks it. */
export async function openBacktestServer() {
  const database = await createTestDatabase();
  const orm = openOrm({ databaseUrl: database.url, log: quiet });
  const clock = () => Date.now();
  const journalStore = new JournalStore(orm);
  const journal = { record: (entry: Parameters<JournalStore['append']>[0]) => journalStore.append(entry) };
  const userStore = new UserStore(orm);
  const users = new Users({ store: userStore, journal });
  const sessions = new Sessions({ store: new SessionStore(orm), clock });
  const auth = new Auth({ userStore, users, sessions, journal, clock });
  const stores = {
    priceSeries: new PriceSeriesStore(orm),
    backtests: new BacktestStore(orm),
    backtestReports: new BacktestReportStore(orm),
  };
  const queue = new BacktestQueue(orm, database.url);
  const backtests = new Backtests({ ...stores, queue, databaseUrl: database.url, threads: 1, log: quiet });
  const priceSeries = new PriceSeries({ store: stores.priceSeries });
  const readiness = new StartProgress();
  const app = await createApp({
    log: createLog({ level: 'silent' }),
    config: { publicUrl: PUBLIC_URL, trustedProxies: [], rateLimits: RATE_LIMITS, version: '0.0.0' },
    readiness,
    sessions,
    blockedIps: new BlockedIps({ store: new BlockedIpStore(orm), clock }),
    idempotency: new Idempotency({ store: new IdempotencyStore(orm), clock }),
    routes: [
      (api) => registerAuthRoutes(api, { auth, publicUrl: PUBLIC_URL, rateLimits: RATE_LIMITS }),
      (api) => registerPriceSeriesRoutes(api, { priceSeries, stores }),
      (api) => registerBacktestRoutes(api, { backtests, stores }),
    ],
  });
  readiness.complete();
  backtests.start();
  return {
    app,
    backtests,
    databaseUrl: database.url,
    close: async () => {
      await app.close();
      await backtests[Symbol.asyncDispose]();
      await orm.close();
      await database.drop();
    },
  };
}
