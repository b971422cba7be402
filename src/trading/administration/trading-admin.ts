/** What administrators see and do about the trading of everyone: halting, killing and closing accounts, and stopping strategies. */

import { Problem } from '../../core/shared/problem.ts';
import { adminFact } from '../../people/security-journal.ts';
import { INTERVENTION } from './intervention.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { PageRequest } from '../../persistence/page.ts';
import type { Administrator, Journal } from '../../people/security-journal.ts';
import type { StopMode } from '../../core/domain/strategy-lifecycle.ts';
import type { HoldStore } from './hold-store.ts';
import type { AccountAction } from './intervention.ts';
import type { AdministeredAccount, AdministeredStrategy, TradingAdminStore } from './trading-admin-store.ts';

export interface TradingAdminDependencies {
  readonly store: TradingAdminStore;
  readonly holds: HoldStore;
  readonly journal: Journal;
  /** Called after each commit, so that the journal's readers look at once. */
  readonly committed: () => void;
}

/** The type of the entry about a hold that was lifted. */
const HOLD_LIFTED = 'hold-lifted';

/** The administration of trading. `Interventions` carries out what is asked for here. */
export class TradingAdmin {
  readonly #store: TradingAdminStore;
  readonly #holds: HoldStore;
  readonly #journal: Journal;
  readonly #committed: () => void;

  constructor({ store, holds, journal, committed }: TradingAdminDependencies) {
    this.#store = store;
    this.#holds = holds;
    this.#journal = journal;
    this.#committed = committed;
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

  /**
   * Asks the copy of the server that runs an account to halt, kill or close it; returns the account as it is now. A halt and a kill are a hold:
   * they are done later when no copy runs it now, and its owner cannot resume it.
   */
  async act(
    action: AccountAction,
    accountId: string,
    by: Administrator,
    reason?: string,
  ): Promise<AdministeredAccount> {
    const account = await this.account(accountId);
    const done = { halt: 'halted', kill: 'killed', close: 'closed' }[action];
    const entry = factOf(by, INTERVENTION, {
      ...ofAccount(account),
      description: `The account is to be ${done}`,
      details: { action },
      reason,
    });
    const hold = { administratorId: by.userId, reason, kills: action === 'kill' };
    if (action === 'close') await this.#journal.record(entry);
    else await this.#holds.holdAccount(account.id, hold, entry);
    this.#committed();
    return this.account(accountId);
  }

  /** Asks the copy of the server that runs a strategy to stop it; returns the strategy as it is now. It is held, as accounts are. */
  async stop(
    strategyId: string,
    mode: StopMode,
    by: Administrator,
    reason?: string,
  ): Promise<AdministeredStrategy> {
    const strategy = await this.strategy(strategyId);
    const entry = factOf(by, INTERVENTION, {
      ...ofStrategy(strategy),
      description: `The strategy is to be stopped (${mode})`,
      details: { action: 'stop', mode },
      reason,
    });
    await this.#holds.holdStrategy(strategy.id, { administratorId: by.userId, reason, mode }, entry);
    this.#committed();
    return this.strategy(strategyId);
  }

  /** Lifts the hold of an account: its owner may resume it. Throws `conflict` when there is none. */
  async liftAccount(accountId: string, by: Administrator): Promise<AdministeredAccount> {
    const account = await this.account(accountId);
    const description = 'The account may be resumed by its owner';
    const entry = factOf(by, HOLD_LIFTED, { ...ofAccount(account), description });
    if (!(await this.#holds.liftAccount(account.id, entry)))
      throw new Problem('conflict', 'No administrator has halted this account.');
    this.#committed();
    return this.account(accountId);
  }

  /** Lifts the hold of a strategy: its owner may start it. Throws `conflict` when there is none. */
  async liftStrategy(strategyId: string, by: Administrator): Promise<AdministeredStrategy> {
    const strategy = await this.strategy(strategyId);
    const description = 'The strategy may be started by its owner';
    const entry = factOf(by, HOLD_LIFTED, { ...ofStrategy(strategy), description });
    if (!(await this.#holds.liftStrategy(strategy.id, entry)))
      throw new Problem('conflict', 'No administrator has stopped this strategy.');
    this.#committed();
    return this.strategy(strategyId);
  }
}

interface Said {
  readonly userId: string;
  readonly accountId: string;
  readonly strategyId?: string;
  readonly description: string;
  readonly details?: Readonly<Record<string, string>>;
  readonly reason?: string | undefined;
}

const ofAccount = ({ id, userId }: AdministeredAccount) => ({ accountId: id, userId });
const ofStrategy = ({ id, accountId, userId }: AdministeredStrategy) => ({
  strategyId: id,
  accountId,
  userId,
});

function factOf(by: Administrator, type: string, said: Said): JournalEntry {
  const { userId, accountId, strategyId, description, details, reason } = said;
  const fact = adminFact(by, {
    type,
    description: `By an administrator: ${description}${reason === undefined ? '' : `: ${reason}`}.`,
    userId,
    details: { ...details, administratorId: by.userId ?? null, ...(reason !== undefined && { reason }) },
  });
  return { ...fact, accountId, strategyId };
}
