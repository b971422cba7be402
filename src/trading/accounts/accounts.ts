/** Accounts: made, limited, halted and closed by their owners. */

import { ACTIVE_STRATEGY_STATUSES, canStrategyBecome } from '../../core/domain/strategy-lifecycle.ts';
import { Problem } from '../../core/shared/problem.ts';
import type { AccountInstrumentsStore } from './account-instruments-store.ts';
import type { AccountChanges, AccountStore, NewAccount, StoredAccount } from './account-store.ts';
import type { StrategyStore } from '../strategies/strategy-store.ts';
import type { LiveAccount } from '../live-account.ts';
import type { AccountOffer } from '../../prices/instrument-routes.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';

/** How long a person waits for the broker to end what an account holds. */
const DRAIN_WAITS_MS = 5_000;

export interface AccountsDependencies {
  readonly accounts: AccountStore;
  readonly accountInstruments: AccountInstrumentsStore;
  readonly strategies: StrategyStore;
  readonly supervisor: AccountSupervisor;
}

/** Accounts of people. Every method refuses what is not the person's with `not-found`. */
export class Accounts {
  readonly #dependencies: AccountsDependencies;

  constructor(dependencies: AccountsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Makes a paper account, deposits its money and starts to run it. A repeated request finds the account it made. */
  async create(account: NewAccount): Promise<StoredAccount> {
    const { accounts, supervisor } = this.#dependencies;
    const earlier = await accounts.findOf(account.userId, account.id);
    const created = earlier ?? (await accounts.create(account));
    await supervisor.adopt(created);
    return this.get(account.userId, account.id);
  }

  async get(userId: string, accountId: string): Promise<StoredAccount> {
    const account = await this.#dependencies.accounts.findOf(userId, accountId);
    if (!account) throw new Problem('not-found', 'You have no account with this id.');
    return account;
  }

  /** Changes name or limits; new limits hold for the next order. */
  async change(userId: string, accountId: string, changes: AccountChanges): Promise<StoredAccount> {
    const { id } = await this.get(userId, accountId);
    await this.#dependencies.accounts.change(id, changes);
    if (changes.limits) await this.#dependencies.supervisor.find(id)?.takeLimits();
    return this.get(userId, id);
  }

  /** What the account can trade, and the least margin rate that it wants of any of it. */
  async offerOf(userId: string, accountId: string): Promise<AccountOffer> {
    const { marginRate } = await this.get(userId, accountId);
    return { instruments: await this.#dependencies.accountInstruments.find(accountId), marginRate };
  }

  /**
   * Sets the least margin rate of an account at its broker; 0 leaves the instruments their own. The problem `conflict` when that
   * would close positions out.
   */
  async setMarginRate(userId: string, accountId: string, marginRate: number): Promise<void> {
    await this.get(userId, accountId);
    await this.#dependencies.supervisor.accountOf(accountId).setMarginRate(marginRate);
  }

  /** Closes an account that holds nothing: no active strategy, no order that could fill, no open position. Its history stays. */
  async close(userId: string, accountId: string): Promise<void> {
    const account = await this.get(userId, accountId);
    const { supervisor } = this.#dependencies;
    await supervisor.adopt(account);
    await supervisor.accountOf(account.id).close();
    await supervisor.dismiss(account.id);
  }

  /** Ends what an account holds, as far as that is possible in a few seconds; the rest is ended as soon as it can be. */
  async drain(userId: string, accountId: string): Promise<void> {
    const { id } = await this.get(userId, accountId);
    const { strategies, supervisor } = this.#dependencies;
    const live = supervisor.accountOf(id);
    for (const strategy of await strategies.inStatuses(id, ACTIVE_STRATEGY_STATUSES)) {
      if (canStrategyBecome(strategy.status, 'stopping')) await live.strategies.stop(strategy, 'close');
    }
    await live.kill();
    await live.untilFlat(DRAIN_WAITS_MS);
  }

  /** Halts, resumes or kills; returns the account as it is then. */
  async command(
    userId: string,
    accountId: string,
    command: 'halt' | 'resume' | 'kill',
  ): Promise<StoredAccount> {
    await this.get(userId, accountId);
    await carryOut(this.#dependencies.supervisor.accountOf(accountId), command);
    return this.get(userId, accountId);
  }
}

function carryOut(live: LiveAccount, command: 'halt' | 'resume' | 'kill'): Promise<void> {
  if (command === 'halt') return live.halt('by its owner');
  return command === 'resume' ? live.resume() : live.kill();
}
