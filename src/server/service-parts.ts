/** What the services of the server are made of. */

import type { ServerSettings } from '../people/administration/server-settings.ts';
import type { ImportPace } from '../prices/import/price-imports.ts';
import type { BackoffLimits } from '../core/shared/backoff.ts';
import type { Log } from '../process/log.ts';
import type { RequestTracing } from '../process/tracing.ts';
import type { Broker } from '../brokers/broker.ts';
import type { KeyRing } from '../encryption/key-ring.ts';
import type { BrokerAccessDependencies } from '../trading/accounts/broker-access.ts';
import type { StoredAccount } from '../trading/accounts/account-store.ts';
import type { BrokerStart, LiveAccountDependencies } from '../trading/live-account-parts.ts';
import type { AccountOwnership } from '../trading/account-ownership-store.ts';
import type { SilencePace } from '../trading/silent-streams.ts';
import type { BrokerPatience } from '../trading/broker-patience.ts';
import type { CheckPace } from '../trading/broker-check.ts';
import type { Journal } from '../journal/journal.ts';
import type { PriceFeed } from '../prices/feeds/price-feed.ts';
import type { PriceHub } from '../prices/feeds/price-hub.ts';
import type { JobConfig } from './compose-jobs.ts';
import type { NotificationConfig } from './compose-notifications.ts';
import type { Config } from './config.ts';
import type { Stores } from './compose-stores.ts';

/** What services are made of. */
export interface ServiceParts extends Pick<LiveAccountDependencies, 'onOrderStage'> {
  /** Records what took how long, where someone collects that. */
  readonly tracing?: RequestTracing | undefined;
  readonly config: Pick<
    Config,
    'PAPER_FEED' | 'BACKTEST_THREADS' | 'ALLOW_LIVE_TRADING' | 'RECORDED_QUOTES_DAYS'
  > &
    NotificationConfig &
    JobConfig;
  readonly keys: KeyRing;
  readonly databaseUrl: string;
  readonly stores: Stores;
  readonly journal: Journal;
  readonly feed: PriceFeed;
  readonly hub: PriceHub;
  readonly ownership: AccountOwnership;
  readonly log: Log;
  /** Addresses and ranges of the proxies in front of the server. */
  readonly trustedProxies: readonly string[];
  /** What time it is, for sessions, locks and keys; UTC ms. */
  readonly clock: () => number;
  /** Whether this copy of the server may act now. */
  readonly mayAct: () => boolean;
  /** The brokers of accounts that are stored; a token opens those that are not paper. */
  readonly openBroker: (
    account: StoredAccount,
    start: BrokerStart & { readonly token: string | undefined },
  ) => Promise<Broker>;
  /** The brokers of accounts that are to be connected. */
  readonly brokers: BrokerAccessDependencies;
  /** Another pace than the usual one. */
  readonly checkPace?: CheckPace;
  readonly retryPace?: BackoffLimits | undefined;
  readonly importPace?: ImportPace | undefined;
  /** Another patience than the usual one. */
  readonly patience?: BrokerPatience;
  /** See `SilentStreamsParts.pace`. */
  readonly silence?: SilencePace | undefined;
  /** See `IdempotencyDependencies.leaseMs`. */
  readonly leaseMs?: number | undefined;
}

/** With the limits that administrators set. */
export type LimitedParts = ServiceParts & { readonly limits: ServerSettings };
