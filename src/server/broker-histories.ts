/** The way of a command to the history that brokers keep. */

import { brokerAccess, OandaConnections } from '../brokers/open-broker.ts';
import { AccountHistories } from '../trading/accounts/account-histories.ts';
import { AccountInstrumentsStore } from '../trading/accounts/account-instruments-store.ts';
import { AccountStore } from '../trading/accounts/account-store.ts';
import { BrokerTokens } from '../trading/accounts/broker-tokens.ts';
import { ConnectionStore } from '../trading/accounts/connection-store.ts';
import { openKeyRing } from './key-ring.ts';
import type { PriceSource } from '../brokers/price-source.ts';
import type { Orm } from '../persistence/orm.ts';
import type { Config } from './config.ts';

/** Returns the histories of accounts at OANDA. */
export function brokerHistories(orm: Orm, config: Config): AccountHistories {
  const connections = new OandaConnections({ practiceUrl: config.OANDA_PRACTICE_URL });
  return new AccountHistories({
    accounts: new AccountStore(orm),
    accountInstruments: new AccountInstrumentsStore(orm),
    tokens: new BrokerTokens({ store: new ConnectionStore(orm), keys: openKeyRing(config) }),
    openOnce: brokerAccess({ paperPrices: NO_PRICES, connections }).openOnce,
  });
}

/** Accounts with a history are not paper. */
const NO_PRICES: PriceSource = {
  isLockStep: false,
  marketTime: () => Date.now(),
  latestQuotes: () => [],
  subscribe: () => () => undefined,
};
