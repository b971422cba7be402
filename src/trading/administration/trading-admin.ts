/** What administrators see and do about the trading of everyone: halting, killing and closing accounts, and stopping strategies. */

import { Problem } from '../../core/shared/problem.ts';
import { adminFact } from '../../people/security-journal.ts';
import { INTERVENTION } from './intervention.ts';
import type { PageRequest } from '../../persistence/page.ts';
import type { Administrator, Journal } from '../../people/security-journal.ts';
import type { StopMode } from '../strategies/live-strategies.ts';
import type { AccountAction } from './intervention.ts';
import type { AdministeredAccount, AdministeredStrategy, TradingAdminStore } from './trading-admin-store.ts';

export interface TradingAdminDependencies {
  readonly store: TradingAdminStore;
  readonly journal: Journal;
}

/** The administration of trading. `Interventions` carries out what is asked for here. */
export class TradingAdmin {
  readonly #store: TradingAdminStore;
  readonly #journal: Journal;

  constructor({ store, journal }: TradingAdminDependencies) {
    this.#store = store;
    this.#journal = journal;
  }

  /** A page of the accounts that are not closed, newest first. */
  accounts(search: string | undefined, page: PageRequest): Promise<readonly AdministeredAccount[]> {
    return this.#store.accounts(search, page);
  }

  /** A page of the strategies on them, newest first. */
  strategies(search: string | undefined, page: PageRequest): Promise<readonly AdministeredStrategy[]> {
    return this.#store.strategies(search, page);
  }

  /** An account; undefined when there is none, or it is closed. */
  find(accountId: string): Promise<AdministeredAccount | undefined> {
    return this.#store.account(accountId);
  }

  /** Throws `not-found` when there is no such account, or it is closed. */
  async account(accountId: string): Promise<AdministeredAccount> {
    const account = await this.find(accountId);
    if (!account) throw new Problem('not-found', 'There is no such account, or it is closed.');
    return account;
  }

  /** Throws `not-found` when there is no such strategy. */
  async strategy(strategyId: string): Promise<AdministeredStrategy> {
    const strategy = await this.#store.strategy(strategyId);
    if (!strategy) throw new Problem('not-found', 'There is no such strategy.');
    return strategy;
  }

  /** Asks the copy of the server that runs an account to halt, kill or close it; returns the account as it is now. */
  async act(action: AccountAction, accountId: string, by: Administrator): Promise<AdministeredAccount> {
    const account = await this.account(accountId);
    const done = { halt: 'halted', kill: 'killed', close: 'closed' }[action];
    await this.#ask(
      { accountId: account.id, userId: account.userId, details: { action } },
      `The account is to be ${done}.`,
      by,
    );
    return account;
  }

  /** Asks the copy of the server that runs a strategy to stop it; returns the strategy as it is now. */
  async stop(strategyId: string, mode: StopMode, by: Administrator): Promise<AdministeredStrategy> {
    const strategy = await this.strategy(strategyId);
    const { id, accountId, userId } = strategy;
    const about = { accountId, userId, strategyId: id, details: { action: 'stop', mode } };
    await this.#ask(about, `The strategy is to be stopped (${mode}).`, by);
    return strategy;
  }

  #ask(
    about: {
      readonly userId: string;
      readonly accountId: string;
      readonly strategyId?: string;
      readonly details: Readonly<Record<string, string>>;
    },
    what: string,
    by: Administrator,
  ): Promise<void> {
    const { accountId, strategyId, userId } = about;
    const details = { ...about.details, administratorId: by.userId ?? null };
    const fact = adminFact(by, {
      type: INTERVENTION,
      description: `By an administrator: ${what}`,
      userId,
      details,
    });
    return this.#journal.record({ ...fact, accountId, strategyId });
  }
}
