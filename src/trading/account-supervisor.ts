/** Which accounts this process runs: taken when free, started again after a failure, released at the end. */

import { Problem } from '../core/shared/problem.ts';
import { InvariantError } from '../core/shared/assert.ts';
import { FewAtATime } from '../process/few-at-a-time.ts';
import { Periodic } from '../process/periodic.ts';
import { AccountFaults } from './account-faults.ts';
import { takeStoredChanges } from './stored-changes.ts';
import { LiveAccount } from './live-account.ts';
import type { BackoffLimits } from '../core/shared/backoff.ts';
import type { AccountOwnership } from './account-ownership-store.ts';
import type { StoredAccount } from './accounts/account-store.ts';
import type { SeenEquity } from './equity/equity-store.ts';
import type { LiveAccountDependencies } from './live-account-parts.ts';
import type { AccountOwner } from './recording/account-owner.ts';

/** How often we look for accounts that no process runs. */
const WATCH_EVERY_MS = 2_000;

/** The start of a paper account is some twenty statements. A thousand at once would wait for connections that everyone else needs, too. */
const STARTED_AT_ONCE = 16;

const HALTED_BY_FAULT =
  'Account halted: something was not as it must be. Compare it with its broker, then resume it.';

/** A text of the reason in other languages is made of this. */
const FAULT_FACTS = { severity: 'critical', details: { isFault: true } } as const;

export interface AccountSupervisorDependencies extends LiveAccountDependencies {
  readonly ownership: AccountOwnership;
  /** How soon, and at the latest when, an account that cannot be run is tried again. */
  readonly retryPace: BackoffLimits;
  /** Whether this process may act: one that was suspended for long must look at the schema first. */
  readonly mayAct: () => boolean;
  /** Throws the problem that keeps an account from being run, whatever its broker says. */
  readonly assertMayRun: (account: StoredAccount) => void;
}

/** Runs the accounts of this process. */
export class AccountSupervisor {
  readonly #dependencies: AccountSupervisorDependencies;
  readonly #liveById = new Map<string, LiveAccount>();
  /** Accounts that are being taken or released, so that none is taken twice: the lock would not keep this process from it. */
  readonly #pendingByAccount = new Map<string, Promise<void>>();
  readonly #faults: AccountFaults;
  readonly #starting = new FewAtATime(STARTED_AT_ONCE);
  /** Accounts that ran here until something failed, and were not tried again since. */
  #interrupted = new Set<string>();
  #isClosing = false;
  /** A stop waits for the look that is under way, because it asks a database that is closed soon after. */
  readonly #looking: Periodic;

  constructor(dependencies: AccountSupervisorDependencies) {
    this.#dependencies = dependencies;
    this.#faults = new AccountFaults(dependencies);
    this.#looking = new Periodic({
      everyMs: WATCH_EVERY_MS,
      work: () => this.#look(),
      onFailure: (error) =>
        dependencies.log.error({ err: error }, 'accounts could not be looked after; trying again'),
    });
  }

  /** Takes every account that is free, and keeps looking for more. */
  async start(): Promise<void> {
    this.#dependencies.ownership.watch(() => void this.#abandonAll());
    await this.#takeFreeAccounts();
    this.#looking.start();
  }

  /** The account; the problem `account-not-trading` when this process does not run it. */
  accountOf(accountId: string): LiveAccount {
    const live = this.#liveById.get(accountId);
    if (live) return live;
    const fault = this.#faults.find(accountId);
    if (fault) throw new Problem('account-not-trading', fault.reason, { code: fault.code });
    throw new Problem(
      'account-not-trading',
      'This copy of the server does not run the account at the moment.',
      {
        retryAfterSeconds: WATCH_EVERY_MS / 1_000,
      },
    );
  }

  /** How many accounts ran here, failed or were lost, and are not running again; those that cannot run are not among them. */
  get reconciling(): number {
    return [...this.#interrupted].filter((accountId) => !this.#faults.find(accountId)).length;
  }

  /** How many accounts were tried here and cannot run. */
  get faulty(): number {
    return this.#faults.count;
  }

  /** The account if this process runs it. */
  find(accountId: string): LiveAccount | undefined {
    return this.#liveById.get(accountId);
  }

  /** The accounts that run here. */
  get running(): Iterable<LiveAccount> {
    return this.#liveById.values();
  }

  /** Takes an account at once: it is new, or what kept it from being run may be over. */
  async adopt(account: StoredAccount): Promise<void> {
    await this.#pendingByAccount.get(account.id)?.catch(() => undefined);
    this.#faults.forget(account.id);
    await this.#take(account);
  }

  /** Starts an account again, with its row as it is now. */
  async restart(account: StoredAccount): Promise<void> {
    await this.dismiss(account.id);
    await this.adopt(account);
  }

  /**
   * Halts an account for a person: it takes no new exposure from now on, or, when it cannot be run, from the next time that it is. The
   * problem `account-not-trading` when this process does not run it for another reason.
   */
  async halt(account: StoredAccount, reason: string): Promise<void> {
    const live = this.find(account.id);
    if (live) return live.halt(reason);
    if (!account.fault) return void this.accountOf(account.id);
    await this.#faults.halt(account, reason);
    // A start that is under way read the row before.
    await this.#pendingByAccount.get(account.id)?.catch(() => undefined);
    await this.find(account.id)?.halt(reason);
  }

  /** Stops running an account and releases it. */
  async dismiss(accountId: string): Promise<void> {
    await this.#pendingByAccount.get(accountId);
    const live = this.#liveById.get(accountId);
    if (!live) return;
    this.#liveById.delete(accountId);
    await this.#pend(accountId, async () => {
      try {
        await live.stop();
      } finally {
        await this.#dependencies.ownership.release(accountId);
      }
    });
  }

  /** The money of every account that runs here and can be valued at the moment. */
  seenEquity(): readonly SeenEquity[] {
    return [...this.#liveById].flatMap(([accountId, live]) => {
      const snapshot = live.valuation.snapshot();
      return snapshot ? [{ accountId, snapshot }] : [];
    });
  }

  /** When something is due by the clock next in any account (UTC ms of the market); Infinity when nothing is. */
  nextClockAt(): number {
    let nextAt = Infinity;
    for (const live of this.#liveById.values()) nextAt = Math.min(nextAt, live.nextClockAt);
    return nextAt;
  }

  /** Resolves when every account has finished what was delivered to it; undefined when all have. */
  settled(): Promise<void> | undefined {
    for (const live of this.#liveById.values()) {
      if (!live.isIdle) return this.#settle();
    }
    return this.#pendingByAccount.size > 0 ? this.#settle() : undefined;
  }

  /** Stops every account: what was delivered is finished, and the state saved. */
  async stop(): Promise<void> {
    this.#isClosing = true;
    await this.#looking.stop();
    await Promise.allSettled(this.#pendingByAccount.values());
    await Promise.all([...this.#liveById.keys()].map((accountId) => this.dismiss(accountId)));
  }

  async #settle(): Promise<void> {
    await Promise.allSettled(this.#pendingByAccount.values());
    for (const live of this.#liveById.values()) {
      while (!live.isIdle) await live.settled();
    }
  }

  async #look(): Promise<void> {
    if (!this.#dependencies.mayAct()) return;
    await this.#takeFreeAccounts();
  }

  /** The locks are gone: another process may run the accounts already, so nothing more is written by this one. */
  async #abandonAll(): Promise<void> {
    const accounts = [...this.#liveById];
    for (const [accountId] of accounts) this.#interrupted.add(accountId);
    this.#liveById.clear();
    const { log } = this.#dependencies;
    log.info({ accounts: accounts.length }, 'the connection that holds our accounts was lost');
    await Promise.allSettled(accounts.map(([id, live]) => this.#pend(id, () => live.abandon())));
  }

  async #takeFreeAccounts(): Promise<void> {
    const { ownership, log } = this.#dependencies;
    const silent = await ownership.endSilentOwners();
    if (silent > 0) log.warn({ copies: silent }, 'a copy that was silent for long has lost its accounts');
    const accounts = await this.#dependencies.accounts.listActive();
    this.#interrupted = this.#interrupted.intersection(new Set(accounts.map(({ id }) => id)));
    await takeStoredChanges(accounts, this.#liveById, this.#dependencies);
    const due = accounts.filter(({ id }) => this.#faults.mayTry(id));
    await Promise.all(due.map((account) => this.#take(account)));
  }

  async #take(account: StoredAccount): Promise<void> {
    const isTaken = this.#liveById.has(account.id) || this.#pendingByAccount.has(account.id);
    if (isTaken || this.#isClosing) return this.#pendingByAccount.get(account.id);
    await this.#pend(account.id, () => this.#acquireAndStart(account));
  }

  /** Does what must be over before the account may be taken. */
  async #pend(accountId: string, work: () => Promise<void>): Promise<void> {
    const pending = work().finally(() => this.#pendingByAccount.delete(accountId));
    this.#pendingByAccount.set(accountId, pending);
    await pending;
  }

  async #acquireAndStart(account: StoredAccount): Promise<void> {
    const owner = await this.#dependencies.ownership.acquire(account.id);
    // Another copy runs it.
    if (!owner) return void this.#interrupted.delete(account.id);
    try {
      // Read after the account is ours: its former owner may have moved it on until a moment ago.
      const current = (await this.#dependencies.accounts.find(account.id)) ?? account;
      // It was closed since it was listed.
      if (!current.isActive) return await this.#dependencies.ownership.release(account.id);
      this.#dependencies.assertMayRun(current);
      const live = await this.#start(current, owner);
      if (!live) return await this.#dependencies.ownership.release(account.id);
      if (!(await this.#dependencies.ownership.ascertain(owner))) return await live.abandon();
      this.#liveById.set(account.id, live);
      this.#interrupted.delete(account.id);
      void live.failed.then((error) => this.#onFailure(current, live, error));
      await this.#clearFault(current);
    } catch (error) {
      await this.#release(account, error, 'at its start');
    }
  }

  /** A broker that is slow to answer holds up no other account. Undefined when this process stopped before the account's turn came. */
  #start(account: StoredAccount, owner: AccountOwner): Promise<LiveAccount | undefined> {
    const start = async (): Promise<LiveAccount | undefined> =>
      this.#isClosing ? undefined : LiveAccount.start(account, owner, this.#dependencies);
    return account.environment === 'paper' ? this.#starting.run(start) : start();
  }

  /** It runs, whether or not that can be recorded. */
  async #clearFault(account: StoredAccount): Promise<void> {
    try {
      await this.#faults.clear(account);
    } catch (cause) {
      const { log } = this.#dependencies;
      log.error({ accountId: account.id, err: cause }, 'the end of a fault was not recorded');
    }
  }

  async #onFailure(account: StoredAccount, live: LiveAccount, error: unknown): Promise<void> {
    // A run that was already released must not affect the account.
    if (this.#liveById.get(account.id) !== live) return;
    this.#liveById.delete(account.id);
    this.#interrupted.add(account.id);
    await this.#pend(account.id, async () => {
      await live.abandon();
      await this.#release(account, error, 'while it ran');
    });
  }

  /**
   * Releases a failed account; the next turn takes it and starts it from its log, or a later one when its broker does not let it in.
   * A broken invariant also halts it: a person must check it before it trades again.
   */
  async #release(
    account: StoredAccount,
    error: unknown,
    when: 'at its start' | 'while it ran',
  ): Promise<void> {
    const { ownership, log } = this.#dependencies;
    try {
      const isBroken = error instanceof InvariantError;
      // What broke while it ran may be right after a rebuild; only a start says that it is not.
      const isNews = isBroken && when === 'while it ran' ? true : await this.#faults.note(account, error);
      if (isNews)
        log.error({ accountId: account.id, err: error }, 'the account failed and is rebuilt from its log');
      if (isBroken) await this.#faults.halt(account, HALTED_BY_FAULT, FAULT_FACTS);
      await ownership.release(account.id);
    } catch (cause) {
      log.error({ accountId: account.id, err: error }, 'the account failed and is rebuilt from its log');
      log.error({ accountId: account.id, err: cause }, 'the failed account could not be let go');
    }
  }
}
