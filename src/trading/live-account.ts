/** Brings one account to life from its log, keeps its memory, and lets it go again. Recovery after a crash is this same path. */

import { randomUUIDv7 } from 'node:crypto';
import { DEFAULT_COSTS } from '../core/simulation/costs.ts';
import { Engine } from '../core/engine/engine.ts';
import { AccountRecorder } from './account-recorder.ts';
import { reconcile } from './reconcile.ts';
import { LiveStrategies } from './strategies/live-strategies.ts';
import { Trader } from './account-loop.ts';
import { statusEntry } from './trading-entries.ts';
import type { Broker } from '../brokers/broker.ts';
import type { DenyEffect, HaltEffect } from '../core/engine/effect.ts';
import type { Json } from '../core/shared/json.ts';
import type { AccountStore, StoredAccount } from './accounts/account-store.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { OrderStore } from './orders/order-store.ts';
import type { AccountOwner, ProjectionStore } from './projection-store.ts';
import type { StrategyStore } from './strategies/strategy-store.ts';
import type { TraderState, TraderStateStore } from './trader-state-store.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { EntrySubject } from './trading-entries.ts';
import type { RiskLimits } from '../core/domain/account.ts';

/** How often the memory is saved while prices move. A crash forgets at most this much of what no log holds. */
const SAVE_EVERY_MS = 1_000;

/** What a broker is opened with. */
export interface BrokerStart {
  readonly log: readonly Transaction[];
  readonly state: Json | undefined;
}

/** What every account's runner works with. */
export interface RunnerDependencies {
  readonly accounts: AccountStore;
  readonly orders: OrderStore;
  readonly projections: ProjectionStore;
  readonly strategies: StrategyStore;
  readonly states: TraderStateStore;
  readonly journal: JournalStore;
  readonly openBroker: (account: StoredAccount, start: BrokerStart) => Broker;
  /** The clock on the wall, and the market's time, both in UTC ms. */
  readonly now: () => number;
  readonly marketTime: () => number;
  readonly committed: () => void;
  readonly log: { error(fields: object, message: string): void };
}

/** One account that this process runs. */
export class AccountRunner {
  readonly #account: StoredAccount;
  readonly #owner: AccountOwner;
  readonly #dependencies: RunnerDependencies;
  readonly #subject: EntrySubject;
  readonly #engine: Engine;
  readonly #broker: Broker;
  readonly #recorder: AccountRecorder;
  readonly trader: Trader;
  readonly strategies: LiveStrategies;
  readonly #failed = Promise.withResolvers<unknown>();
  #recoveredAt: number | undefined;
  #playedUntil: number | undefined;
  #isEnded = false;
  #housekeeping: NodeJS.Timeout | undefined;
  #housework: Promise<unknown> | undefined;
  #savedAt = 0;
  #isHaltRecorded: boolean;

  /** Rebuilds the account from its log and returns it running; the tables are up to date with the broker's log. */
  static async start(
    account: StoredAccount,
    owner: AccountOwner,
    dependencies: RunnerDependencies,
  ): Promise<AccountRunner> {
    const log = await dependencies.projections.logOf(account.id);
    const state = await dependencies.states.load(account.id);
    const broker = dependencies.openBroker(account, { log, state: state?.broker });
    const runner = new AccountRunner({ account, owner, dependencies, broker });
    try {
      await runner.#recover(log, state);
      return runner;
    } catch (error) {
      // It may hear prices already, and nobody would know of it any more.
      await runner.abandon();
      throw error;
    }
  }

  private constructor(parts: {
    readonly account: StoredAccount;
    readonly owner: AccountOwner;
    readonly dependencies: RunnerDependencies;
    readonly broker: Broker;
  }) {
    const { account, owner, dependencies, broker } = parts;
    this.#account = account;
    this.#isHaltRecorded = account.status === 'halted';
    this.#owner = owner;
    this.#dependencies = dependencies;
    this.#broker = broker;
    this.#subject = { accountId: account.id, userId: account.userId, currency: account.currency };
    this.#engine = new Engine({
      currency: account.currency,
      limits: account.limits,
      conversionMarkup: DEFAULT_COSTS.conversionMarkup,
      newId: randomUUIDv7,
    });
    this.#recorder = new AccountRecorder({
      owner,
      subject: this.#subject,
      engine: this.#engine,
      broker,
      store: dependencies.projections,
      journal: dependencies.journal,
      committed: dependencies.committed,
    });
    this.trader = new Trader({
      accountId: account.id,
      engine: this.#engine,
      broker,
      recorder: this.#recorder,
      performer: {
        onDenied: (effect) => this.#recordDenied(effect),
        onHalted: (effect) => this.#recordHalted(effect),
        onStrategyFailed: ({ strategyId, reason, error }) => {
          dependencies.log.error({ err: error, strategyId }, 'a strategy failed');
          return this.strategies.recordFailure(strategyId, reason);
        },
      },
      onFailure: this.#failed.resolve,
    });
    this.strategies = new LiveStrategies({
      subject: this.#subject,
      trader: this.trader,
      strategies: dependencies.strategies,
      states: dependencies.states,
      journal: dependencies.journal,
      committed: dependencies.committed,
    });
  }

  /** The market time (UTC ms) that the account had come to before this start; undefined for one that never ran. */
  get recoveredAt(): number | undefined {
    return this.#recoveredAt;
  }

  /** The last price (UTC ms) that the account had seen before this start: a recording continues after it. */
  get playedUntil(): number | undefined {
    return this.#playedUntil;
  }

  /** Resolves with the reason when the account has failed: it does nothing any more and must be made again. */
  get failed(): Promise<unknown> {
    return this.#failed.promise;
  }

  /** Changes the limits that orders are held to from now on. */
  setLimits(limits: RiskLimits): void {
    this.#engine.setLimits(limits);
  }

  /** No new exposure from now on; closing stays allowed. */
  async halt(reason: string): Promise<void> {
    await this.trader.request({ type: 'halt' });
    await this.#setStatus('halted', `Account halted: ${reason}`);
  }

  /** Lets a halted account trade again. */
  async resume(): Promise<void> {
    await this.trader.request({ type: 'resume' });
    await this.#setStatus('trading', 'Account resumed');
  }

  /** Halts, cancels every resting entry and closes every position. */
  async kill(): Promise<void> {
    await this.trader.request({ type: 'kill' });
    await this.#setStatus('halted', 'Account killed: orders cancelled, positions closed');
  }

  /** Deals with what was delivered, saves the memory and ends. */
  async stop(): Promise<void> {
    this.#endHousekeeping();
    await this.trader.stop();
    await this.#housework;
    await this.#save();
  }

  /** Ends at once and saves nothing: engine and log may differ. */
  async abandon(): Promise<void> {
    this.#endHousekeeping();
    this.trader.abandon();
    await this.#broker.close();
  }

  async #recover(log: readonly Transaction[], state: TraderState | undefined): Promise<void> {
    this.#engine.absorb(log);
    if (state) this.#engine.restoreState(state.engine, this.#dependencies.marketTime());
    // Killed before its memory was saved for the first time, an account still has the time of its log.
    if (log.length > 0) this.#recoveredAt = this.#engine.at;
    // The clock announces a price before it comes: an account that was stopped in between has not seen that price.
    const isMemoryNewest = state?.lastTransactionId === log.length;
    this.#playedUntil = isMemoryNewest ? (state.quotedAt ?? this.#recoveredAt) : this.#recoveredAt;
    // Halted by a person, or by us after a fault; what the daily loss halted, the engine knows itself.
    if (this.#account.status === 'halted' && !this.#engine.isHalted)
      await this.trader.request({ type: 'halt' });
    await this.#reconcile();
    await this.strategies.restore();
    await this.trader.connect();
    if (this.#account.status !== 'halted')
      await this.#dependencies.accounts.setStatus(this.#account.id, 'trading');
    this.#housekeeping = setInterval(() => this.#keepHouse(), SAVE_EVERY_MS);
    this.#housekeeping.unref();
  }

  /** Orders whose answer was lost and that may still arrive count as in flight: nothing doubles them meanwhile. */
  async #reconcile(): Promise<void> {
    const { unresolved } = await reconcile({
      accountId: this.#account.id,
      broker: this.#broker,
      recorder: this.#recorder,
      orders: this.#dependencies.orders,
      now: this.#dependencies.now,
    });
    for (const { id, terms, strategyId, submittedAt = 0 } of unresolved) {
      this.#engine.expectOutcome({ id, terms, strategyId, decidedAt: submittedAt });
    }
  }

  #keepHouse(): void {
    const save = async (): Promise<void> => {
      await this.#followHalt();
      if (this.#engine.at > this.#savedAt) await this.#save();
    };
    const work = Promise.all([this.trader.whenStill(save), this.strategies.finishStopping()]);
    this.#housework = work.catch((error: unknown) => {
      if (this.#isEnded) return;
      // The next round tries again; trading itself continues and fails on its own if the database stays away.
      this.#dependencies.log.error(
        { accountId: this.#account.id, err: error },
        "the account's memory was not saved",
      );
    });
  }

  #endHousekeeping(): void {
    clearInterval(this.#housekeeping);
    this.#isEnded = true;
  }

  /** A halt by the daily loss ends with the trading day, by itself. */
  async #followHalt(): Promise<void> {
    if (this.#engine.isHalted || !this.#isHaltRecorded) return;
    await this.#setStatus('trading', 'A new trading day began: the account trades again');
  }

  async #save(): Promise<void> {
    const marketAt = this.#engine.at;
    const state = {
      marketAt,
      quotedAt: this.trader.quotedAt ?? this.#playedUntil,
      lastTransactionId: this.#engine.ledger.lastTransactionId,
      engine: this.#engine.saveState(),
      broker: this.#broker.saveState(),
    };
    await this.#dependencies.states.save(this.#owner, state, this.strategies.memories());
    await this.#dependencies.projections.recordSnapshot(this.#owner, this.#engine.snapshot());
    this.#savedAt = marketAt;
  }

  async #recordDenied(effect: DenyEffect): Promise<void> {
    await this.#recorder.recordDenied(effect);
  }

  async #recordHalted(effect: HaltEffect): Promise<void> {
    await this.#setStatus('halted', `Account halted by a rule (${effect.code})`);
  }

  async #setStatus(status: 'trading' | 'halted', description: string): Promise<void> {
    this.#isHaltRecorded = status === 'halted';
    await this.#dependencies.accounts.setStatus(this.#account.id, status);
    await this.#dependencies.journal.append(
      statusEntry(this.#subject, {
        type: `account-${status}`,
        severity: status === 'halted' ? 'warning' : 'info',
        description,
        details: { status },
      }),
    );
    this.#dependencies.committed();
  }
}
