/** One account that this process runs, and the only way to reach it. Recovery after a crash is the same path as any start. */

import { nextOpenInstant } from '../core/domain/trading-hours.ts';
import { Problem } from '../core/shared/problem.ts';
import { enforceHold, haltAccount } from './account-hold.ts';
import { AccountSaving } from './account-saving.ts';
import { assertNotHeld } from './administration/hold.ts';
import { LiveValuation } from './accounts/live-valuation.ts';
import { liveAccountParts } from './live-account-parts.ts';
import { LiveRequests } from './orders/live-requests.ts';
import { LIMITS_UNREADABLE } from './limits/stored-limits.ts';
import { recoverAccount } from './recover-account.ts';
import { reasonToStayConnected, reasonToStayOpen } from './what-account-holds.ts';
import type { AccountHold } from './administration/hold.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { AccountCurrency } from '../core/domain/instrument.ts';
import type { Instruments } from '../core/domain/instruments.ts';
import type { Environment, RiskLimits } from '../core/domain/account.ts';
import type { Broker, StreamState } from '../brokers/broker.ts';
import type { NewestQuotes } from '../prices/newest-quotes.ts';
import type { AccountReconciliation } from './account-reconciliation.ts';
import type { AccountLoop } from './account-loop.ts';
import type { StoredAccount } from './accounts/account-store.ts';
import type { LiveAccountDependencies, LiveAccountParts } from './live-account-parts.ts';
import type { AccountOwner } from './recording/account-owner.ts';
import type { LiveStrategies } from './strategies/live-strategies.ts';

/** A running account: what takes its requests, what knows its numbers, its commands, its start and its end. */
export class LiveAccount {
  readonly strategies: LiveStrategies;
  readonly requests: LiveRequests;
  readonly valuation: LiveValuation;
  readonly #parts: LiveAccountParts;
  readonly #dependencies: LiveAccountDependencies;
  readonly #engine: Engine;
  readonly #loop: AccountLoop;
  readonly #saving: AccountSaving;

  /** Rebuilds the account from its log and returns it running; the tables are up to date with the broker's log. */
  static async start(
    account: StoredAccount,
    owner: AccountOwner,
    dependencies: LiveAccountDependencies,
  ): Promise<LiveAccount> {
    if (!account.areLimitsReadable) throw new Problem('internal-error', LIMITS_UNREADABLE);
    const log = await dependencies.projections.logOf(account.id);
    const state = await dependencies.states.load(account.id);
    const broker = await dependencies.openBroker(account, { owner, log, state: state?.broker });
    const parts = liveAccountParts({ account, owner, dependencies, broker });
    const live = new LiveAccount(parts);
    try {
      await recoverAccount(parts, log, state);
      live.#saving.start();
      parts.reconciliation.start();
      return live;
    } catch (error) {
      // It may receive prices already, and nothing else would end it.
      await live.abandon();
      throw error;
    }
  }

  private constructor(parts: LiveAccountParts) {
    this.#parts = parts;
    this.#dependencies = parts.dependencies;
    this.#engine = parts.engine;
    this.#loop = parts.loop;
    this.strategies = parts.strategies;
    this.requests = new LiveRequests(parts);
    this.valuation = new LiveValuation(parts);
    this.#saving = new AccountSaving(parts);
  }

  /** The market time (UTC ms) that the account had come to before this start; undefined for one that never ran. */
  get recoveredAt(): number | undefined {
    return this.#parts.memory.recoveredAt;
  }

  /** The last price (UTC ms) that the account had seen before this start: a recording continues after it. */
  get playedUntil(): number | undefined {
    return this.#parts.memory.playedUntil;
  }

  /** Resolves with the reason when the account has failed: it does nothing any more and must be started again. */
  get failed(): Promise<unknown> {
    return this.#parts.failed;
  }

  /** When something is due by the clock next (UTC ms of the market). */
  get nextClockAt(): number {
    return this.#loop.nextClockAt;
  }

  /** Whether this process has lost the account, as far as PostgreSQL answers: it records and sends nothing more then. */
  isLost(): Promise<boolean> {
    return this.#dependencies.ownership.isLost(this.#parts.owner);
  }

  /** Whether nothing waits and nothing is being done. */
  get isIdle(): boolean {
    return this.#loop.isIdle;
  }

  /** Resolves when what is being done has ended; undefined when that is nothing. */
  settled(): Promise<void> | undefined {
    return this.#loop.settled();
  }

  /** Which it is. */
  get accountId(): string {
    return this.#parts.account.id;
  }

  /** Whose it is. */
  get userId(): string {
    return this.#parts.account.userId;
  }

  /** The client order ids of the orders that rest at its broker, or may: those being sent too; undefined for those that the broker made. */
  get restingOrders(): Iterable<string | undefined> {
    const { ledger, idsThatWouldRest } = this.#engine;
    return [...ledger.openOrders.values().map(({ clientOrderId }) => clientOrderId), ...idsThatWouldRest];
  }

  /** How many rest at most: one that is sent and rests already is counted twice. */
  get mostResting(): number {
    const { ledger, idsThatWouldRest } = this.#engine;
    return ledger.openOrders.size + [...idsThatWouldRest].length;
  }

  /** Where it is traded. */
  get environment(): Environment {
    return this.#parts.account.environment;
  }

  /** Whether it takes no new exposure. */
  get isHalted(): boolean {
    return this.#engine.isHalted;
  }

  /** What its newest comparison with its broker found. */
  get comparison(): AccountReconciliation['newest'] {
    return this.#parts.reconciliation.newest;
  }

  /** The streams of its broker. */
  get streams(): readonly StreamState[] {
    return this.#parts.broker.streams ?? [];
  }

  /** The currency that the account is kept in. */
  get currency(): AccountCurrency {
    return this.#parts.account.currency;
  }

  /**
   * Takes over the limits as they are stored now, as a person wants them: before all that waits for no person. Read in the mailbox, so that of
   * two changes the later is the last to be read.
   */
  takeLimits(): Promise<void> {
    return this.#loop.askInOneTurn(async () => {
      const stored = await this.#dependencies.accounts.find(this.#parts.account.id);
      if (stored?.areLimitsReadable === true) this.#engine.setLimits(stored.limits);
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
    return this.#closeUnless(reasonToStayOpen);
  }

  /** As {@link LiveAccount.close}, and orders and positions stay at the broker. */
  leave(): Promise<void> {
    return this.#closeUnless(reasonToStayConnected);
  }

  async #closeUnless(reason: (parts: LiveAccountParts) => Promise<string | undefined>): Promise<void> {
    await this.strategies.finishStopping();
    await this.#loop.whenStill(async () => {
      const holding = await reason(this.#parts);
      if (holding !== undefined) throw new Problem('conflict', holding);
      await this.#dependencies.accounts.close(this.#parts.account.id);
      this.#loop.abandon();
    });
  }

  /** When the market of an instrument opens (UTC ms); undefined while it is open, and of an instrument that the account lacks. */
  marketOpensAt(instrumentName: string): number | undefined {
    const instrument = this.instruments.find(instrumentName);
    const now = this.#parts.broker.marketTime();
    const opensAt = instrument ? nextOpenInstant(instrument.tradingHours, now) : now;
    return opensAt > now ? opensAt : undefined;
  }

  /** What the account can trade. */
  get instruments(): Instruments {
    return this.#parts.broker.instruments;
  }

  /** The newest quotes of its broker, and those to come. */
  get quotes(): NewestQuotes {
    this.#loop.showQuotes();
    return this.#loop.quotes;
  }

  /** Gives the candles that the broker keeps. */
  get history(): Pick<Broker, 'candlePage'> {
    return this.#parts.broker;
  }

  /** Sets the least margin rate of the account; the problem `conflict` when that would close positions out. */
  async setMarginRate(marginRate: number): Promise<void> {
    if (!(await this.#parts.broker.setMarginRate(marginRate))) {
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
    await haltAccount(this.#parts, reason);
  }

  /** Does what an administrator asked for, as far as it is not done. */
  enforce(hold: AccountHold): Promise<void> {
    return enforceHold(this.#parts, hold);
  }

  /** Lets a halted account trade again; the problems `account-differs` while it differs from its broker, and `held-by-administrator`. */
  async resume(reason?: string): Promise<void> {
    const { account, dependencies, loop, memory, reconciliation } = this.#parts;
    await reconciliation.assertAgrees();
    const described = reason === undefined ? 'Account resumed' : `Account resumed: ${reason}`;
    await loop.askInOneTurn(async (step) => {
      assertNotHeld('account', (await dependencies.accounts.find(account.id))?.hold);
      await step({ type: 'resume' });
      this.#parts.kill.forget();
      await this.#parts.status.record('trading', described, {
        details: reason === undefined ? {} : { reason },
      });
    });
    await loop.whenStill(() => memory.save());
  }

  /**
   * Halts, cancels every resting entry and closes every position. All of it has been sent on return; the broker may still be answering
   * after this time. Returns whether the account is flat, and the broker said so too.
   */
  async kill(limitMs: number): Promise<boolean> {
    const { kill, reconciliation } = this.#parts;
    await kill.begin();
    await kill.untilAnswered(limitMs);
    // A broker that cannot be asked now is asked again, and the journal says when the account is flat.
    if (kill.isUnconfirmed)
      await reconciliation.reconcile().catch((error: unknown) => this.#notConfirmed(error));
    return kill.hasEnded();
  }

  /** Finishes what was delivered, saves the state and ends. */
  async stop(): Promise<void> {
    const saving = this.#saving.stop();
    const reconciling = this.#parts.reconciliation.stop();
    await this.#loop.stop();
    await Promise.all([saving, reconciling]);
    await this.#parts.memory.save();
  }

  /** Ends at once and saves nothing: engine and log may differ. */
  async abandon(): Promise<void> {
    // Not awaited: a turn that waits for the loop to be still would wait for ever.
    void this.#saving.stop();
    void this.#parts.reconciliation.stop();
    this.#loop.abandon();
    await this.#parts.broker.close();
    // The next start reads the log: what is still being sent would make it look too early.
    await this.#loop.quiet();
  }

  #notConfirmed(error: unknown): void {
    const { id: accountId } = this.#parts.account;
    this.#dependencies.log.warn(
      { accountId, err: error },
      'the broker did not confirm that the account is flat',
    );
  }
}
