/** One account that this process runs, and the only way to reach it. Recovery after a crash is the same path as any start. */

import { randomUUIDv7 } from 'node:crypto';
import { Problem } from '../core/shared/problem.ts';
import { Periodic } from '../process/periodic.ts';
import { DEFAULT_COSTS } from '../core/simulation/costs.ts';
import { ACTIVE_STRATEGY_STATUSES } from '../core/domain/strategy-lifecycle.ts';
import { Engine } from '../core/engine/engine.ts';
import { AccountLoop } from './account-loop.ts';
import { AccountMemory } from './account-memory.ts';
import { AccountRecorder } from './account-recorder.ts';
import { AccountStatusRecord } from './account-status-record.ts';
import { reconcile } from './reconcile.ts';
import { LiveStrategies } from './strategies/live-strategies.ts';
import type { WarmUpSource } from './strategies/live-strategies.ts';
import type { Log } from '../process/log.ts';
import type { Broker } from '../brokers/broker.ts';
import type { Instruments } from '../core/domain/instruments.ts';
import type { Json } from '../core/shared/json.ts';
import type { AccountStore, StoredAccount } from './accounts/account-store.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { OrderStore } from './orders/order-store.ts';
import type { AccountOwner, ProjectionStore } from './projection-store.ts';
import type { StrategyStore } from './strategies/strategy-store.ts';
import type { AccountState, AccountStateStore } from './account-state-store.ts';
import type { PendingRequest } from './account-loop.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { AccountSnapshot, RiskLimits } from '../core/domain/account.ts';
import type {
  CloseOutRequest,
  CloseRequest,
  OrderRequest,
  OrderTerms,
  ProtectionRequest,
} from '../core/domain/order.ts';

/** How often the state is saved while prices move. A crash loses at most this much of what no log holds. */
const SAVE_EVERY_MS = 1_000;

/** What a broker is opened with besides the account: its log so far, and what it asked to be given back. */
export interface BrokerStart {
  readonly log: readonly Transaction[];
  readonly state: Json | undefined;
}

/** What every live account works with. */
export interface LiveAccountDependencies {
  readonly accounts: AccountStore;
  readonly orders: OrderStore;
  readonly projections: ProjectionStore;
  readonly strategies: StrategyStore;
  readonly states: AccountStateStore;
  readonly journal: JournalStore;
  readonly openBroker: (account: StoredAccount, start: BrokerStart) => Broker;
  readonly history: WarmUpSource;
  /** The market's time in UTC ms. */
  readonly marketTime: () => number;
  /** Called after each commit, so that the journal's readers look at once. */
  readonly committed: () => void;
  readonly log: Pick<Log, 'error'>;
}

/** The account in numbers at this moment. */
export interface LiveSummary {
  readonly snapshot: AccountSnapshot;
  /** Whether new exposure is denied; a rule may halt until the next trading day. */
  readonly isHalted: boolean;
  readonly openOrders: number;
  readonly openPositions: number;
}

/** A running account: takes requests, reports its numbers, saves its state, stops. */
export class LiveAccount {
  readonly strategies: LiveStrategies;
  readonly #account: StoredAccount;
  readonly #dependencies: LiveAccountDependencies;
  readonly #engine: Engine;
  readonly #broker: Broker;
  readonly #recorder: AccountRecorder;
  readonly #loop: AccountLoop;
  readonly #status: AccountStatusRecord;
  readonly #memory: AccountMemory;
  readonly #failed = Promise.withResolvers<unknown>();
  readonly #saving: Periodic;

  /** Rebuilds the account from its log and returns it running; the tables are up to date with the broker's log. */
  static async start(
    account: StoredAccount,
    owner: AccountOwner,
    dependencies: LiveAccountDependencies,
  ): Promise<LiveAccount> {
    const log = await dependencies.projections.logOf(account.id);
    const state = await dependencies.states.load(account.id);
    const broker = dependencies.openBroker(account, { log, state: state?.broker });
    const live = new LiveAccount({ account, owner, dependencies, broker });
    try {
      await live.#recover(log, state);
      return live;
    } catch (error) {
      // It may receive prices already, and nothing else would end it.
      await live.abandon();
      throw error;
    }
  }

  private constructor(parts: {
    readonly account: StoredAccount;
    readonly owner: AccountOwner;
    readonly dependencies: LiveAccountDependencies;
    readonly broker: Broker;
  }) {
    const { account, owner, dependencies, broker } = parts;
    const subject = { accountId: account.id, userId: account.userId, currency: account.currency };
    const { accounts, projections, states, journal, committed, log } = dependencies;
    this.#account = account;
    this.#dependencies = dependencies;
    this.#saving = new Periodic({
      everyMs: SAVE_EVERY_MS,
      work: () => this.#saveRegularly(),
      onFailure: (error) => this.#notSaved(error),
    });
    this.#broker = broker;
    const engine = new Engine({
      currency: account.currency,
      limits: account.limits,
      conversionMarkup: DEFAULT_COSTS.conversionMarkup,
      hedging: account.hedging,
      instruments: broker.instruments,
      newId: randomUUIDv7,
    });
    this.#engine = engine;
    this.#status = new AccountStatusRecord({ subject, accounts, journal, committed }, account.status);
    this.#recorder = new AccountRecorder({
      owner,
      subject,
      engine,
      store: projections,
      journal,
      committed,
    });
    this.#loop = new AccountLoop({
      engine,
      broker,
      recorder: this.#recorder,
      onHalted: ({ code }) => this.#status.record('halted', `Account halted by a rule (${code})`),
      onStrategyFailed: ({ strategyId, reason, error }) => {
        log.error({ err: error, strategyId }, 'a strategy failed');
        return this.strategies.recordFailure(strategyId, reason);
      },
      onFailure: this.#failed.resolve,
    });
    this.strategies = new LiveStrategies({
      subject,
      engine,
      loop: this.#loop,
      strategies: dependencies.strategies,
      states,
      journal,
      committed,
      history: dependencies.history,
      marketTime: dependencies.marketTime,
    });
    this.#memory = new AccountMemory({
      owner,
      engine,
      broker,
      loop: this.#loop,
      strategies: this.strategies,
      states,
      projections,
    });
  }

  /** The market time (UTC ms) that the account had come to before this start; undefined for one that never ran. */
  get recoveredAt(): number | undefined {
    return this.#memory.recoveredAt;
  }

  /** The last price (UTC ms) that the account had seen before this start: a recording continues after it. */
  get playedUntil(): number | undefined {
    return this.#memory.playedUntil;
  }

  /** Resolves with the reason when the account has failed: it does nothing any more and must be started again. */
  get failed(): Promise<unknown> {
    return this.#failed.promise;
  }

  /** When something is due by the clock next (UTC ms of the market). */
  get nextClockAt(): number {
    return this.#loop.nextClockAt;
  }

  /** Whether nothing waits and nothing is being done. */
  get isIdle(): boolean {
    return this.#loop.isIdle;
  }

  /** Resolves when what is being done has ended; undefined when that is nothing. */
  settled(): Promise<void> | undefined {
    return this.#loop.settled();
  }

  /** Places a person's order, unless a rule denies it. */
  place(order: Pick<OrderRequest, 'id' | 'terms' | 'replaces' | 'protects'>): PendingRequest {
    return this.#loop.ask({
      type: 'order-requested',
      request: { ...order, decidedAt: this.#engine.at },
    });
  }

  /** Closes the net position of an instrument, or some units of it, on behalf of a person. */
  closeOut(closing: Omit<CloseOutRequest, 'decidedAt'>): PendingRequest {
    return this.#loop.ask({
      type: 'close-out-requested',
      request: { ...closing, decidedAt: this.#engine.at },
    });
  }

  /** What an order asks for that the engine let pass and whose end it does not know yet; undefined when there is none with this id. */
  termsInFlight(orderId: string): OrderTerms | undefined {
    return this.#engine.termsInFlight(orderId);
  }

  /** Closes a position, or some units of it, on behalf of a person. */
  closePosition(close: Pick<CloseRequest, 'id' | 'brokerPositionId' | 'units'>): PendingRequest {
    return this.#loop.ask({
      type: 'close-requested',
      request: { ...close, decidedAt: this.#engine.at },
    });
  }

  /** Cancels an order by its id with us or, for one that the broker made, by its number there as text. */
  cancel(orderId: string): PendingRequest {
    return this.#loop.ask({ type: 'cancel-requested', orderId });
  }

  /** Changes what protects a position. */
  protect(change: Omit<ProtectionRequest, 'decidedAt'>): PendingRequest {
    return this.#loop.ask({
      type: 'protection-requested',
      request: { ...change, decidedAt: this.#engine.at },
    });
  }

  /** Takes over the limits as they are stored now. Read in the mailbox, so that of two changes the later is the last to be read. */
  takeLimits(): Promise<void> {
    return this.#loop.whenStill(async () => {
      const stored = await this.#dependencies.accounts.find(this.#account.id);
      if (stored) this.#engine.setLimits(stored.limits);
    });
  }

  /** Whether it holds new exposure to these limits. */
  hasLimits(limits: RiskLimits): boolean {
    return JSON.stringify(this.#engine.limits) === JSON.stringify(limits);
  }

  /**
   * Closes the account for good if it holds nothing, and refuses what comes afterwards. Throws the problem `conflict` that says what it
   * holds. Nothing can come between the look and the close, because both are in the mailbox.
   */
  close(): Promise<void> {
    return this.#loop.whenStill(async () => {
      await this.strategies.finishStopping();
      const holding = await this.#holding();
      if (holding !== undefined) throw new Problem('conflict', holding);
      await this.#dependencies.accounts.close(this.#account.id);
      this.#loop.abandon();
    });
  }

  /** What the account can trade. */
  get instruments(): Instruments {
    return this.#broker.instruments;
  }

  /** Sets the least margin rate of the account; the problem `conflict` when that would close positions out. */
  async setMarginRate(marginRate: number): Promise<void> {
    if (!(await this.#broker.setMarginRate(marginRate))) {
      throw new Problem(
        'conflict',
        'With this leverage the broker would close open positions out. Close some first, or take a higher one.',
      );
    }
    // What the broker wrote to its log is in the mailbox; the account's row has it when that is recorded.
    await this.#loop.whenStill(() => Promise.resolve());
  }

  /** No new exposure from now on; closing stays allowed. */
  async halt(reason: string): Promise<void> {
    await this.#loop.request({ type: 'halt' });
    await this.#status.record('halted', `Account halted: ${reason}`);
  }

  /** Lets a halted account trade again. */
  async resume(): Promise<void> {
    await this.#loop.request({ type: 'resume' });
    await this.#status.record('trading', 'Account resumed');
  }

  /** Halts, cancels every resting entry and closes every position. All of it has been sent on return; the broker may still be answering. */
  async kill(): Promise<void> {
    await this.#loop.request({ type: 'kill' });
    await this.#status.record('halted', 'Account killed: orders cancelled, positions closed');
    // What could not be ended at once must outlive a crash.
    await this.#loop.whenStill(() => this.#memory.save());
  }

  /** Resolves when nothing is open, rests or is in flight, at the latest after some time. */
  async untilFlat(limitMs: number): Promise<void> {
    const untilMs = performance.now() + limitMs;
    while (this.#isHolding && performance.now() < untilMs) await this.#loop.nextAnswer(untilMs);
  }

  /** The account in numbers. */
  summary(): LiveSummary {
    const { ledger, isHalted } = this.#engine;
    return {
      snapshot: this.#engine.snapshot(),
      isHalted,
      openOrders: ledger.openOrders.size,
      openPositions: ledger.openPositions.size,
    };
  }

  /** Finishes what was delivered, saves the state and ends. */
  async stop(): Promise<void> {
    const savingStopped = this.#saving.stop();
    await this.#loop.stop();
    await savingStopped;
    await this.#memory.save();
  }

  /** Ends at once and saves nothing: engine and log may differ. */
  async abandon(): Promise<void> {
    // Not awaited: a turn that waits for the loop to be still would wait for ever.
    void this.#saving.stop();
    this.#loop.abandon();
    await this.#broker.close();
    // The next start reads the log: what is still being sent would make it look too early.
    await this.#loop.quiet();
  }

  async #recover(log: readonly Transaction[], state: AccountState | undefined): Promise<void> {
    this.#engine.absorb(log);
    this.#memory.restore(state, this.#dependencies.marketTime());
    const leftToDo = this.#engine.effectsOfRestart(log);
    const { effects, unknownIds } = await reconcile({
      accountId: this.#account.id,
      engine: this.#engine,
      broker: this.#broker,
      recorder: this.#recorder,
      orders: this.#dependencies.orders,
    });
    await this.#loop.perform([...leftToDo, ...effects]);
    // Halted by a person, or by us after a fault; what the daily loss halted, the engine knows itself.
    if (this.#status.isHalted && !this.#engine.isHalted) await this.#loop.request({ type: 'halt' });
    await this.strategies.restore();
    await this.#loop.findOut(unknownIds);
    await this.#loop.connect();
    if (this.#account.status !== 'halted')
      await this.#dependencies.accounts.setStatus(this.#account.id, 'trading');
    this.#saving.start();
  }

  get #isHolding(): boolean {
    const { ledger, hasInFlight } = this.#engine;
    return hasInFlight || ledger.openPositions.size > 0 || ledger.openOrders.size > 0;
  }

  /** Why the account cannot be closed, if it cannot. */
  async #holding(): Promise<string | undefined> {
    const { strategies } = this.#dependencies;
    const active = await strategies.inStatuses(this.#account.id, ACTIVE_STRATEGY_STATUSES);
    if (active.length > 0) return 'Strategies are active on the account. Stop them first.';
    if (this.#engine.hasInFlight || !this.#loop.isAnswered)
      return 'The broker is still answering a request of the account. Try again when that has ended.';
    const { openPositions, openOrders } = this.#engine.ledger;
    if (openPositions.size > 0) return 'The account has open positions. Close them first.';
    if (openOrders.size > 0) return 'Orders of the account rest at the broker. Cancel them first.';
    return undefined;
  }

  async #saveRegularly(): Promise<void> {
    const save = async (): Promise<void> => {
      // A halt by the daily loss ends with the trading day, by itself.
      if (!this.#engine.isHalted && this.#status.isHalted)
        await this.#status.record('trading', 'A new trading day began: the account trades again');
      await this.#memory.saveIfChanged();
    };
    await Promise.all([
      this.#loop.whenStill(save),
      this.strategies.finishStopping(),
      this.strategies.noteWarm(),
    ]);
  }

  /** The next turn tries again; trading itself continues and fails on its own if the database stays away. */
  #notSaved(error: unknown): void {
    if (this.#saving.isStopped) return;
    this.#dependencies.log.error(
      { accountId: this.#account.id, err: error },
      "the account's memory was not saved",
    );
  }
}
