/** What a running account is made of, and how the parts are put together. */

import { randomUUIDv7 } from 'node:crypto';
import { isFirstInFirstOut } from '../core/domain/account.ts';
import { DEFAULT_COSTS } from '../core/simulation/costs.ts';
import { Engine } from '../core/engine/engine.ts';
import { AccountKill } from './account-kill.ts';
import { AccountLoop } from './account-loop.ts';
import { AccountMemory } from './account-memory.ts';
import { AccountRecorder } from './account-recorder.ts';
import { AccountStatusRecord } from './account-status-record.ts';
import { AccountReconciliation } from './account-reconciliation.ts';
import { BrokerCheck } from './broker-check.ts';
import { ClockWatch } from './clock-watch.ts';
import { LiveStrategies } from './strategies/live-strategies.ts';
import { warmUpSource } from './strategies/warm-up-source.ts';
import type { QuoteTap } from '../prices/recording/quote-recorder.ts';
import type { WarmUpSource } from './strategies/warm-up-source.ts';
import type { Broker } from '../brokers/broker.ts';
import type { Json } from '../core/shared/json.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { Log } from '../process/log.ts';
import type { Tracing } from '../process/tracing.ts';
import type { AccountOwnership } from './account-ownership-store.ts';
import type { AccountStateStore } from './account-state-store.ts';
import type { AccountInstrumentsStore } from './accounts/account-instruments-store.ts';
import type { BrokerPatience } from './broker-patience.ts';
import { OrderTimes } from './order-times.ts';
import type { Environment } from '../core/domain/account.ts';
import type { OrderStage } from './order-times.ts';
import type { CheckPace } from './broker-check.ts';
import type { AccountStore, StoredAccount } from './accounts/account-store.ts';
import type { OrderStore } from './orders/order-store.ts';
import type { ProjectionStore } from './projection-store.ts';
import type { AccountOwner } from './recording/account-owner.ts';
import type { StrategyStore } from './strategies/strategy-store.ts';

/** What a broker is opened with besides the account: who runs it, its log so far, and what it asked to be given back. */
export interface BrokerStart {
  readonly owner: AccountOwner;
  readonly log: readonly Transaction[];
  readonly state: Json | undefined;
}

/** What every live account works with. */
export interface LiveAccountDependencies {
  readonly ownership: Pick<AccountOwnership, 'isLost'>;
  readonly accounts: AccountStore;
  readonly accountInstruments: AccountInstrumentsStore;
  readonly orders: OrderStore;
  readonly projections: ProjectionStore;
  readonly strategies: StrategyStore;
  readonly states: AccountStateStore;
  readonly journal: JournalStore;
  readonly openBroker: (account: StoredAccount, start: BrokerStart) => Promise<Broker>;
  readonly history: WarmUpSource;
  /** Returns what records the quotes of an account. */
  readonly tapOf: (accountId: string) => QuoteTap;
  /** Called after each commit, so that the journal's readers look at once. */
  readonly committed: () => void;
  readonly checkPace: CheckPace;
  readonly patience: BrokerPatience;
  /** Called when a market order has come to a stage, with the time that it took (s). */
  readonly onOrderStage?:
    | ((environment: Environment, stage: OrderStage, seconds: number) => void)
    | undefined;
  readonly tracing: Tracing;
  readonly log: Log;
}

/** The parts of one running account. */
export interface LiveAccountParts {
  readonly account: StoredAccount;
  readonly owner: AccountOwner;
  readonly dependencies: LiveAccountDependencies;
  readonly broker: Broker;
  readonly engine: Engine;
  readonly recorder: AccountRecorder;
  readonly loop: AccountLoop;
  readonly status: AccountStatusRecord;
  readonly strategies: LiveStrategies;
  readonly memory: AccountMemory;
  readonly reconciliation: AccountReconciliation;
  readonly kill: AccountKill;
  readonly clock: ClockWatch;
  /** Resolves with the reason when the account has failed. */
  readonly failed: Promise<unknown>;
}

/** Puts the parts of an account together. Nothing runs and nothing is read yet. */
export function liveAccountParts(parts: {
  readonly account: StoredAccount;
  readonly owner: AccountOwner;
  readonly dependencies: LiveAccountDependencies;
  readonly broker: Broker;
}): LiveAccountParts {
  const { account, owner, dependencies, broker } = parts;
  const { instruments } = broker;
  const { id: accountId, userId, currency } = account;
  const subject = { accountId, userId, currency, instruments };
  const { accounts, projections, states, journal, committed, log, history, checkPace, patience, tracing } =
    dependencies;
  const failed = Promise.withResolvers<unknown>();
  const engine = new Engine({
    currency,
    limits: account.limits,
    conversionMarkup: DEFAULT_COSTS.conversionMarkup,
    hedging: account.hedging,
    fifo: isFirstInFirstOut(account.environment, account.brokerAccountId),
    instruments,
    newId: randomUUIDv7,
  });
  const status = new AccountStatusRecord({ subject, accounts, journal, committed }, account);
  const { onOrderStage } = dependencies;
  const times =
    onOrderStage && new OrderTimes((stage, seconds) => onOrderStage(account.environment, stage, seconds));
  const recorder = new AccountRecorder({
    owner,
    subject,
    engine,
    store: projections,
    journal,
    committed,
    times,
    tracing,
  });
  const loop = new AccountLoop({
    engine,
    broker,
    recorder,
    patience,
    tracing,
    tap: dependencies.tapOf(accountId),
    onRule: (effect) => status.recordRule(effect),
    onStrategyFailed: ({ strategyId, reason, error }) => {
      log.error({ err: error, strategyId }, 'a strategy failed');
      return strategies.recordFailure(strategyId, reason);
    },
    // One answer may be false; what is read next shows whether the token or the account is refused.
    onAccessRefused: () => reconciliation.wake(),
    onUnreadable: (report) => log.warn({ accountId, ...report }, 'lines of a stream cannot be read'),
    onConnected: () => reconciliation.wake(),
    onFailure: failed.resolve,
  });
  const reconciliation = new AccountReconciliation({
    accountId: account.id,
    check: new BrokerCheck({ broker, engine, loop, hedging: account.hedging, pace: checkPace }),
    loop,
    status,
    onAgrees: () => kill.confirm(),
    pace: checkPace,
    log,
  });
  const strategies = new LiveStrategies({
    subject,
    engine,
    loop,
    strategies: dependencies.strategies,
    states,
    journal,
    committed,
    history: warmUpSource(broker, history),
    marketTime: () => broker.marketTime(),
  });
  const memory = new AccountMemory({ owner, engine, broker, loop, strategies, states });
  const { statusReason } = account;
  const kill = new AccountKill({ accountId, accounts, engine, loop, status, memory, statusReason });
  const clock = new ClockWatch({ subject, broker, journal, committed });
  return {
    account,
    owner,
    dependencies,
    broker,
    engine,
    recorder,
    loop,
    status,
    strategies,
    memory,
    reconciliation,
    kill,
    clock,
    failed: failed.promise,
  };
}
