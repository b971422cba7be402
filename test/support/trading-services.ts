/** The services of trading on a test's database, with a market that the test drives. */

import { openBroker } from '../../src/brokers/open-broker.ts';
import { openStores } from '../../src/server/compose-stores.ts';
import { AccountOwnership } from '../../src/trading/account-ownership-store.ts';
import { Accounts } from '../../src/trading/accounts/accounts.ts';
import { Journal } from '../../src/journal/journal.ts';
import { OrderDesk } from '../../src/trading/orders/order-desk.ts';
import { PriceHub } from '../../src/prices/feeds/price-hub.ts';
import { Strategies } from '../../src/trading/strategies/strategies.ts';
import { AccountSupervisor } from '../../src/trading/account-supervisor.ts';
import { quiet } from './quiet-log.ts';
import type { Broker } from '../../src/brokers/broker.ts';
import type { Orm } from '../../src/persistence/orm.ts';

/** 2026-03-02 12:00 UTC, a Monday: the market is open. */
export const NOON = Date.UTC(2026, 2, 2, 12);

export type Trading = ReturnType<typeof composeTrading>;

/** Makes the services. No account runs until it is made or `supervisor.start()` is called. */
export function composeTrading(orm: Orm, databaseUrl: string) {
  const stores = openStores(orm, databaseUrl);
  const journal = new Journal({ store: stores.journal, log: quiet });
  const market = { now: NOON };
  const hub = new PriceHub({
    isLockStep: false,
    instruments: ['EUR_USD', 'USD_JPY'],
    marketTime: () => market.now,
  });
  const ownership = new AccountOwnership(orm, databaseUrl);
  /** What a test may put between an account and its broker. */
  const wire = { through: (broker: Broker): Broker => broker };
  const supervisor = new AccountSupervisor({
    accounts: stores.accounts,
    orders: stores.orders,
    projections: stores.projections,
    strategies: stores.strategies,
    states: stores.accountStates,
    journal: stores.journal,
    ownership,
    mayAct: () => true,
    openBroker: (account, start) => wire.through(openBroker({ ...account, ...start }, hub)),
    now: Date.now,
    marketTime: () => market.now,
    committed: () => journal.wake(),
    log: quiet,
  });
  const { accounts, orders, positions, strategies } = stores;
  return {
    stores,
    journal,
    market,
    hub,
    wire,
    supervisor,
    accounts: new Accounts({ accounts, positions, strategies, supervisor }),
    strategies: new Strategies({ accounts, strategies, supervisor, onStarted: () => undefined }),
    orderDesk: new OrderDesk({ accounts, orders, positions, supervisor }),
    /** A price, now on the market; resolves when every account has processed it. */
    quote: async (instrument: string, bid: number, ask: number, afterMs = 1_000) => {
      market.now += afterMs;
      hub.publishQuote({ instrument, at: market.now, bid, ask });
      await supervisor.settled();
    },
    stopTrading: async () => {
      await supervisor.stop();
      await ownership.close();
    },
  };
}
