/** The services of stored prices and of backtests. */

import { availableParallelism } from 'node:os';
import { Backtests } from '../backtests/backtests.ts';
import { PriceImports } from '../prices/import/price-imports.ts';
import { PriceTopUps } from '../prices/import/price-top-ups.ts';
import { PriceSeries } from '../prices/series/price-series.ts';
import { AccountHistories } from '../trading/accounts/account-histories.ts';
import { BrokerTokens } from '../trading/accounts/broker-tokens.ts';
import type { KeyRing } from '../encryption/key-ring.ts';
import type { PersonLimitSource } from '../people/administration/person-limits.ts';
import type { ImportPace } from '../prices/import/price-imports.ts';
import type { Log } from '../process/log.ts';
import type { BrokerAccessDependencies } from '../trading/accounts/broker-access.ts';
import type { Stores } from './compose-stores.ts';
import type { Config } from './config.ts';

/** What these services are made of. */
export interface HistoryParts {
  readonly config: Pick<Config, 'BACKTEST_THREADS'>;
  readonly databaseUrl: string;
  readonly stores: Stores;
  readonly log: Log;
  readonly clock: () => number;
  readonly keys: KeyRing;
  readonly brokers: BrokerAccessDependencies;
  readonly importPace?: ImportPace | undefined;
  readonly limits: PersonLimitSource;
}

/** Makes the services of stored prices and of backtests. */
export function makeHistory(parts: HistoryParts) {
  const { config, databaseUrl, stores, log, clock, keys, brokers, importPace, limits } = parts;
  const tokens = new BrokerTokens({ store: stores.connections, keys });
  const priceImports = new PriceImports({
    store: stores.priceImports,
    claims: stores.claimedPriceImports,
    histories: new AccountHistories({ ...stores, tokens, openOnce: brokers.openOnce }),
    clock,
    limits,
    pace: importPace,
    log,
  });
  return {
    priceSeries: new PriceSeries({ store: stores.priceSeries, limits }),
    priceImports,
    priceTopUps: new PriceTopUps({ store: stores.priceTopUps, imports: priceImports, clock }),
    backtests: new Backtests({
      backtests: stores.backtests,
      priceSeries: stores.priceSeries,
      queue: stores.backtestQueue,
      databaseUrl,
      // One processor stays free for trading and requests.
      threads: config.BACKTEST_THREADS ?? Math.max(1, availableParallelism() - 1),
      log,
      limits,
    }),
  };
}
