/** Every store of the server, on one ORM. */

import { AccountStore } from './persistence/account-store.ts';
import { BacktestQueue } from './persistence/backtest-queue.ts';
import { BacktestReportStore } from './persistence/backtest-report-store.ts';
import { BacktestStore } from './persistence/backtest-store.ts';
import { BlockedIpStore } from './persistence/blocked-ip-store.ts';
import { IdempotencyStore } from './persistence/idempotency-store.ts';
import { JournalStore } from './persistence/journal-store.ts';
import { databaseOf } from './persistence/orm.ts';
import { OrderStore } from './persistence/order-store.ts';
import { PositionStore } from './persistence/position-store.ts';
import { PriceSeriesStore } from './persistence/price-series-store.ts';
import { ProjectionStore } from './persistence/projection-store.ts';
import { SessionStore } from './persistence/session-store.ts';
import { SettingsStore } from './persistence/settings-store.ts';
import { StrategyStore } from './persistence/strategy-store.ts';
import { TradeStore } from './persistence/trade-store.ts';
import { TraderStateStore } from './persistence/trader-state-store.ts';
import { UserStore } from './persistence/user-store.ts';
import { BackfillStore, InstanceStore } from './migrator/index.ts';
import type { Orm } from './persistence/orm.ts';

/** All stores by what they hold. */
export type Stores = ReturnType<typeof openStores>;

/** Makes the stores; none of them connects before it is asked. */
export function openStores(orm: Orm, databaseUrl: string) {
  const database = databaseOf(orm);
  return {
    accounts: new AccountStore(orm),
    backfills: new BackfillStore(database.query),
    backtestQueue: new BacktestQueue(orm, databaseUrl),
    backtestReports: new BacktestReportStore(orm),
    backtests: new BacktestStore(orm),
    blockedIps: new BlockedIpStore(orm),
    idempotency: new IdempotencyStore(orm),
    instances: new InstanceStore(database),
    journal: new JournalStore(orm),
    orders: new OrderStore(orm),
    positions: new PositionStore(orm),
    priceSeries: new PriceSeriesStore(orm),
    projections: new ProjectionStore(orm),
    sessions: new SessionStore(orm),
    settings: new SettingsStore(orm),
    strategies: new StrategyStore(orm),
    trades: new TradeStore(orm),
    traderStates: new TraderStateStore(orm),
    users: new UserStore(orm),
  };
}
