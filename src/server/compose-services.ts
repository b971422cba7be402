/** Every service of the server, on its stores, market and journal. */

import { makeEmail } from './compose-email.ts';
import { createFeedSwitch } from './compose-feed.ts';
import { makeHistory } from './compose-history.ts';
import { makeNotifications } from './compose-notifications.ts';
import { makePasswordProof } from './compose-proof.ts';
import { Interventions } from '../trading/administration/interventions.ts';
import { TradingAdmin } from '../trading/administration/trading-admin.ts';
import { AccountCandles } from '../trading/accounts/account-candles.ts';
import { AccountConnector } from '../trading/accounts/account-connector.ts';
import { Accounts } from '../trading/accounts/accounts.ts';
import { BrokerAccess } from '../trading/accounts/broker-access.ts';
import { BrokerTokens } from '../trading/accounts/broker-tokens.ts';
import { LiveTrading } from '../trading/accounts/live-trading.ts';
import { EquityRecorder } from '../trading/equity/equity-recorder.ts';
import { AddressAdmin } from '../people/administration/address-admin.ts';
import { ServerSettings } from '../people/administration/server-settings.ts';
import { SeriesAdmin } from '../prices/administration/series-admin.ts';
import { SecurityOverviews } from '../people/security-overview/security-overviews.ts';
import { PeopleAdmin } from '../people/administration/people-admin.ts';
import { ApiKeys } from '../people/api-keys/api-keys.ts';
import { Auth } from '../people/auth.ts';
import { Credentials } from '../people/credentials.ts';
import { RememberedTokens } from '../people/remembered-tokens.ts';
import { PasswordChange } from '../people/password-change.ts';
import { Refusals } from '../people/refusals.ts';
import { Idempotency } from '../http/idempotency/idempotency.ts';
import { OrderDesk } from '../trading/orders/order-desk.ts';
import { NO_TAP, QuoteRecorder } from '../prices/recording/quote-recorder.ts';
import type { ImportPace } from '../prices/import/price-imports.ts';
import { SecondFactorCheck } from '../people/second-factor/second-factor-check.ts';
import { SecondFactors } from '../people/second-factor/second-factors.ts';
import { Sessions } from '../people/sessions.ts';
import { Settings } from '../people/settings.ts';
import { Strategies } from '../trading/strategies/strategies.ts';
import { AccountSupervisor } from '../trading/account-supervisor.ts';
import { RETRY_PACE } from '../trading/account-faults.ts';
import { BROKER_PATIENCE } from '../trading/broker-patience.ts';
import { CHECK_PACE } from '../trading/broker-check.ts';
import { Users } from '../people/users.ts';
import type { BackoffLimits } from '../core/shared/backoff.ts';
import type { Log } from '../process/log.ts';
import type { Broker } from '../brokers/broker.ts';
import type { KeyRing } from '../encryption/key-ring.ts';
import type { BrokerAccessDependencies } from '../trading/accounts/broker-access.ts';
import type { StoredAccount } from '../trading/accounts/account-store.ts';
import type { BrokerStart, LiveAccountDependencies } from '../trading/live-account-parts.ts';
import type { AccountOwnership } from '../trading/account-ownership-store.ts';
import type { BrokerPatience } from '../trading/broker-patience.ts';
import type { CheckPace } from '../trading/broker-check.ts';
import type { Journal } from '../journal/journal.ts';
import { warmUpHistory } from '../prices/series/warm-up-history.ts';
import type { PriceFeed } from '../prices/feeds/price-feed.ts';
import type { PriceHub } from '../prices/feeds/price-hub.ts';
import type { NotificationConfig } from './compose-notifications.ts';
import type { Config } from './config.ts';
import type { Stores } from './compose-stores.ts';

/** What services are made of. */
export interface ServiceParts extends Pick<LiveAccountDependencies, 'onOrderStage'> {
  readonly config: Pick<
    Config,
    'PAPER_FEED' | 'BACKTEST_THREADS' | 'ALLOW_LIVE_TRADING' | 'RECORDED_QUOTES_DAYS'
  > &
    NotificationConfig;
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
  /** See `IdempotencyDependencies.leaseMs`. */
  readonly leaseMs?: number | undefined;
}

/** Makes the services of people and of trading. */
export function makeServices(parts: ServiceParts) {
  const { stores, journal, clock, log } = parts;
  const serverSettings = new ServerSettings({
    store: stores.systemSettings,
    journal,
    clock,
    sendsMail: parts.config.SMTP_URL !== undefined,
  });
  const all = { ...parts, limits: serverSettings };
  const trading = makeTrading(all);
  const { accounts, supervisor } = trading;
  return {
    serverSettings,
    ...makePeople(all),
    ...trading,
    ...makeHistory(all),
    ...makeNotifications(all),
    tradingAdmin: new TradingAdmin({
      store: stores.tradingAdmin,
      holds: stores.holds,
      journal,
      committed: () => journal.wake(),
    }),
    seriesAdmin: new SeriesAdmin({ store: stores.seriesAdmin, journal }),
    interventions: new Interventions({ stored: stores.accounts, accounts, supervisor, journal, log }),
  };
}

type LimitedParts = ServiceParts & { readonly limits: ServerSettings };

function makePeople(parts: LimitedParts) {
  const { config, stores, keys, journal, clock, log, trustedProxies, leaseMs, limits } = parts;
  const store = stores.users;
  const remembered = new RememberedTokens();
  const sessions = new Sessions({ store: stores.sessions, remembered, clock, limits });
  const apiKeys = new ApiKeys({ store: stores.apiKeys, remembered, journal, clock, limits });
  const users = new Users({ store, journal });
  const check = new SecondFactorCheck({ store: stores.secondFactors, keys, clock });
  const proofParts = { stores, users, check, journal, clock, trustedProxies, limits };
  const { blockedIps, failures, knownSenders, proof, newPasswords } = makePasswordProof(proofParts);
  const email = makeEmail({
    config,
    stores,
    journal,
    newPasswords,
    knownSenders,
    proof,
    sessions,
    apiKeys,
    clock,
    log,
  });
  return {
    sessions,
    apiKeys,
    credentials: new Credentials({ sessions, apiKeys, remembered, clock }),
    users,
    passwordProof: proof,
    passwordChange: new PasswordChange({ newPasswords, proof, sessions, journal }),
    secondFactors: new SecondFactors({
      store: stores.secondFactors,
      check,
      users,
      proof,
      sessions,
      journal,
      canVerify: email.mails.isOn,
      rules: limits,
      clock,
    }),
    ...email,
    auth: new Auth({
      proof,
      users,
      signUps: limits,
      verification: email.emailVerification,
      sessions,
      knownSenders,
      journal,
    }),
    failedSignIns: failures,
    knownSenders,
    settings: new Settings({ store: stores.settings }),
    blockedIps,
    refusals: new Refusals({ journal, clock }),
    peopleAdmin: new PeopleAdmin({
      store: stores.peopleAdmin,
      deletions: stores.deletions,
      users,
      sessions,
      apiKeys,
      newPasswords,
      failures,
      secondFactors: stores.secondFactors,
      emails: stores.emails,
      journal,
      clock,
    }),
    addressAdmin: new AddressAdmin({ blockedIps, journal }),
    securityOverviews: new SecurityOverviews({ store: stores.securityOverview, clock }),
    idempotency: new Idempotency({ store: stores.idempotency, clock, leaseMs }),
  };
}

function makeTrading(parts: LimitedParts) {
  const {
    config,
    stores,
    journal,
    feed,
    hub,
    ownership,
    log,
    clock,
    mayAct,
    openBroker,
    checkPace = CHECK_PACE,
    retryPace = RETRY_PACE,
    patience = BROKER_PATIENCE,
    limits,
  } = parts;
  const liveTrading = new LiveTrading(config.ALLOW_LIVE_TRADING);
  const tokens = new BrokerTokens({ store: stores.connections, keys: parts.keys });
  const quoteRecorder = new QuoteRecorder({
    store: stores.recordings,
    wanted: () => stores.tradedInstruments.toRecord(),
    keptDays: config.RECORDED_QUOTES_DAYS,
    clock,
    log,
  });
  const supervisor = new AccountSupervisor({
    accounts: stores.accounts,
    accountInstruments: stores.accountInstruments,
    orders: stores.orders,
    projections: stores.projections,
    strategies: stores.strategies,
    states: stores.accountStates,
    journal: stores.journal,
    ownership,
    mayAct,
    assertMayRun: (account) => liveTrading.assertMayRun(account),
    openBroker: async (account, start) =>
      openBroker(account, { ...start, token: await tokens.tokenOf(account.id) }),
    // The prices of a lock-step market are a file already, and would come in faster than they are stored.
    tapOf: (accountId) => (feed.isLockStep ? NO_TAP : quoteRecorder.tapOf(accountId)),
    history: (userId, wish) => warmUpHistory(stores.priceHistory, userId, wish),
    committed: () => journal.wake(),
    onOrderStage: parts.onOrderStage,
    checkPace,
    retryPace,
    patience,
    log,
  });
  const waitsForStrategy = config.PAPER_FEED.type === 'replay';
  const startFeedIfWanted = createFeedSwitch({ feed, hub, supervisor, waitsForStrategy });
  const accounts = new Accounts({
    accounts: stores.accounts,
    accountInstruments: stores.accountInstruments,
    strategies: stores.strategies,
    supervisor,
    liveTrading,
    patience,
    limits,
  });
  return {
    supervisor,
    quoteRecorder,
    startFeedIfWanted,
    equityRecorder: new EquityRecorder({
      store: stores.equity,
      seen: () => supervisor.seenEquity(),
      log,
    }),
    accounts,
    accountCandles: new AccountCandles({ ...stores, accounts, supervisor }),
    accountConnector: new AccountConnector({
      accounts: stores.accounts,
      connections: stores.connections,
      tokens,
      access: new BrokerAccess(parts.brokers),
      liveTrading,
      supervisor,
      journal,
      limits,
    }),
    strategies: new Strategies({
      accounts: stores.accounts,
      accountInstruments: stores.accountInstruments,
      strategies: stores.strategies,
      supervisor,
      onStarted: startFeedIfWanted,
      limits,
    }),
    orderDesk: new OrderDesk({
      accounts: stores.accounts,
      orders: stores.orders,
      positions: stores.positions,
      supervisor,
      patience,
      limits,
    }),
  };
}
