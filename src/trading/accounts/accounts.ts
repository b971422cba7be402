/** Accounts: made, limited, halted and closed by their owners. */

import { ACTIVE_STRATEGY_STATUSES } from '../../core/domain/strategy-lifecycle.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { Problem } from '../../core/shared/problem.ts';
import type { AccountChanges, AccountStore, NewAccount, StoredAccount } from './account-store.ts';
import type { PositionStore } from '../positions/position-store.ts';
import type { StrategyStore } from '../strategies/strategy-store.ts';
import type { LiveAccount } from '../live-account.ts';
import type { AccountOffer } from '../../prices/instrument-routes.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';

export interface AccountsDependencies {
  readonly accounts: AccountStore;
  readonly positions: PositionStore;
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
    await this.get(userId, accountId);
    await this.#dependencies.accounts.change(accountId, changes);
    const changed = await this.get(userId, accountId);
    this.#dependencies.supervisor.find(accountId)?.setLimits(changed.limits);
    return changed;
  }

  /** What the account can trade, and the least margin rate that it wants of any of it. */
  async offerOf(userId: string, accountId: string): Promise<AccountOffer> {
    const { marginRate } = await this.get(userId, accountId);
    const live = this.#dependencies.supervisor.find(accountId);
    // An account that another copy of the server runs is a paper account as well: there are no others yet.
    return { instruments: live?.instruments ?? PAPER_INSTRUMENTS, marginRate };
  }

  /**
   * Sets the least margin rate of an account at its broker; 0 leaves the instruments their own. The problem `conflict` when that
   * would close positions out.
   */
  async setMarginRate(userId: string, accountId: string, marginRate: number): Promise<void> {
    await this.get(userId, accountId);
    await this.#dependencies.supervisor.accountOf(accountId).setMarginRate(marginRate);
  }

  /** Closes an account that holds nothing: no active strategy, no open position. Its history stays. */
  async close(userId: string, accountId: string): Promise<void> {
    await this.get(userId, accountId);
    const { positions, strategies, supervisor, accounts } = this.#dependencies;
    const active = await strategies.inStatuses(accountId, ACTIVE_STRATEGY_STATUSES);
    if (active.length > 0)
      throw new Problem('conflict', 'Strategies are active on the account. Stop them first.');
    const open = await positions.ofAccount(accountId, 'open');
    if (open.length > 0) throw new Problem('conflict', 'The account has open positions. Close them first.');
    await accounts.close(accountId);
    await supervisor.dismiss(accountId);
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
