/** The services that trade: accounts, strategies and orders, and what follows them. */

import { createFeedSwitch } from './compose-feed.ts';
import { AccountCandles } from '../trading/accounts/account-candles.ts';
import { AccountConnector } from '../trading/accounts/account-connector.ts';
import { Accounts } from '../trading/accounts/accounts.ts';
import { BrokerAccess } from '../trading/accounts/broker-access.ts';
import { BrokerTokens } from '../trading/accounts/broker-tokens.ts';
import { LiveTrading } from '../trading/accounts/live-trading.ts';
import { EquityRecorder } from '../trading/equity/equity-recorder.ts';
import { OrderDesk } from '../trading/orders/order-desk.ts';
import { NO_TRACING } from '../process/tracing.ts';
import { NO_TAP, QuoteRecorder } from '../prices/recording/quote-recorder.ts';
import { Strategies } from '../trading/strategies/strategies.ts';
import { AccountSupervisor } from '../trading/account-supervisor.ts';
import { RETRY_PACE } from '../trading/account-faults.ts';
import { BROKER_PATIENCE } from '../trading/broker-patience.ts';
import { CHECK_PACE } from '../trading/broker-check.ts';
import { warmUpHistory } from '../prices/series/warm-up-history.ts';
import { SilentStreams } from '../trading/silent-streams.ts';
import { StreamWatch } from '../trading/stream-watch.ts';
import type { LimitedParts } from './service-parts.ts';

/** Makes the services of trading. */
export function makeTrading(parts: LimitedParts) {
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
    tracing = NO_TRACING,
    limits,
  } = parts;
  const liveTrading = new LiveTrading(config.ALLOW_LIVE_TRADING);
  const tokens = new BrokerTokens({ store: stores.connections, keys: parts.keys });
  const quoteRecorder = new QuoteRecorder({
    store: stores.recordings,
    wanted: () => stores.tradedInstruments.toRecord(),
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
    tracing,
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
    streamWatch: new StreamWatch({
      running: () => supervisor.running,
      silentStreams: new SilentStreams({
        store: stores.silentStreams,
        committed: () => journal.wake(),
        clock,
        pace: parts.silence,
      }),
      log,
      pace: parts.silence,
    }),
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
      tracing,
    }),
  };
}
