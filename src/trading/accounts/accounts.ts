/** Accounts: made, limited, halted and closed by their owners. */

import { ACTIVE_STRATEGY_STATUSES, canStrategyBecome } from '../../core/domain/strategy-lifecycle.ts';
import { LIMITS_UNREADABLE } from '../limits/stored-limits.ts';
import { Problem } from '../../core/shared/problem.ts';
import type { AccountInstrumentsStore } from './account-instruments-store.ts';
import type {
  AccountChanges,
  AccountFault,
  AccountStore,
  NewAccount,
  StoredAccount,
} from './account-store.ts';
import type { PersonLimitSource } from '../../people/administration/person-limits.ts';
import type { LiveTrading } from './live-trading.ts';
import type { StrategyStore } from '../strategies/strategy-store.ts';
import type { LiveAccount } from '../live-account.ts';
import type { AccountOffer } from '../../prices/instrument-routes.ts';
import type { AccountPrices } from '../../prices/newest-quotes.ts';
import { HALTED_BY_OWNER } from '../account-hold.ts';
import { assertNotHeld } from '../administration/hold.ts';
import { OneAtATime } from '../../process/one-at-a-time.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';
import type { BrokerPatience } from '../broker-patience.ts';
import type { Precondition } from '../../http/preconditions.ts';

export interface AccountsDependencies {
  readonly accounts: AccountStore;
  readonly accountInstruments: AccountInstrumentsStore;
  readonly strategies: StrategyStore;
  readonly supervisor: AccountSupervisor;
  readonly liveTrading: LiveTrading;
  readonly patience: BrokerPatience;
  readonly limits: PersonLimitSource;
}

/** Accounts of people. Every method refuses what is not the person's with `not-found`. */
export class Accounts {
  readonly #dependencies: AccountsDependencies;
  readonly #changing = new OneAtATime();

  constructor(dependencies: AccountsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Makes a paper account, deposits its money and starts to run it. A repeated request finds the account it made. */
  async create(account: NewAccount): Promise<StoredAccount> {
    const { accounts, supervisor, limits } = this.#dependencies;
    const earlier = await accounts.findOf(account.userId, account.id);
    const created = earlier ?? (await accounts.create(account, await limits.mostOf('accounts')));
    await supervisor.adopt(created);
    return this.get(account.userId, account.id);
  }

  async get(userId: string, accountId: string): Promise<StoredAccount> {
    const account = await this.#dependencies.accounts.findOf(userId, accountId);
    if (!account) throw new Problem('not-found', 'You have no account with this id.');
    return account;
  }

  /**
   * Changes name or limits, all or nothing; new limits hold for the next order. An account with real money keeps its limits, or waives them.
   * `marginRate` is the least one of the account at its broker, and 0 leaves the instruments their own; the problem `conflict` when that
   * would close positions out. One with a `precondition` waits for those before it: the margin rate is not changed in a transaction.
   */
  change(
    userId: string,
    accountId: string,
    changes: AccountChanges & { readonly marginRate?: number | undefined },
    precondition?: Precondition<StoredAccount>,
  ): Promise<StoredAccount> {
    return this.#changing.run(accountId, { waits: precondition !== undefined }, () =>
      this.#change(userId, accountId, changes, precondition),
    );
  }

  async #change(
    userId: string,
    accountId: string,
    { marginRate, ...changes }: AccountChanges & { readonly marginRate?: number | undefined },
    precondition: Precondition<StoredAccount> | undefined,
  ): Promise<StoredAccount> {
    const account = await this.get(userId, accountId);
    precondition?.(account);
    const { id } = account;
    if (changes.limits && !account.areLimitsReadable) throw new Problem('conflict', LIMITS_UNREADABLE);
    this.#dependencies.liveTrading.assertLimited(changed(account, changes));
    if (marginRate !== undefined) await this.#dependencies.supervisor.accountOf(id).setMarginRate(marginRate);
    // Judged again where it is stored: another change may have come in between.
    await this.#dependencies.accounts.change(
      id,
      changes,
      (stored) => this.#dependencies.liveTrading.assertLimited(stored),
      precondition &&
        ((stored) =>
          precondition(marginRate === undefined ? stored : { ...stored, marginRate: account.marginRate })),
    );
    if (changes.limits) await this.#dependencies.supervisor.find(id)?.takeLimits();
    // A limit that was missing may have kept it from being run.
    if (account.fault) await this.#dependencies.supervisor.adopt(account);
    return this.get(userId, id);
  }

  /** What the account can trade, and the least margin rate that it wants of any of it. */
  async offerOf(userId: string, accountId: string): Promise<AccountOffer> {
    const { marginRate } = await this.get(userId, accountId);
    return { instruments: await this.#dependencies.accountInstruments.find(accountId), marginRate };
  }

  /** The prices of its broker; the problem `account-not-trading` while this process does not run it. */
  pricesOf(userId: string, accountId: string): Promise<AccountPrices> {
    return this.#liveOf(userId, accountId);
  }

  /** As {@link Accounts.close} by its owner, who cannot end a hold in that way: the account could be connected again. `drain` ends first what it holds. */
  async closeOwn(userId: string, accountId: string, { drain }: { readonly drain: boolean }): Promise<void> {
    // First: what is refused must not have ended anything.
    assertNotHeld('account', (await this.get(userId, accountId)).hold);
    if (drain) await this.#drain(userId, accountId);
    await this.close(userId, accountId);
  }

  /** Closes an account that holds nothing: no active strategy, no order that could fill, no open position. Its history stays. */
  async close(userId: string, accountId: string): Promise<void> {
    const account = await this.get(userId, accountId);
    const { supervisor } = this.#dependencies;
    await supervisor.adopt(account);
    await supervisor.accountOf(account.id).close();
    await supervisor.dismiss(account.id);
  }

  /**
   * Disconnects an account from its broker: strategies must be stopped, orders and positions stay there as they are. One that cannot be
   * run, because its token was revoked say, can be disconnected all the same.
   */
  async disconnect(userId: string, accountId: string): Promise<void> {
    const account = await this.get(userId, accountId);
    assertNotHeld('account', account.hold);
    if (account.environment === 'paper')
      throw new Problem(
        'conflict',
        'A paper account has no broker to leave anything at. Close it, or drain it.',
      );
    const { supervisor, strategies, accounts } = this.#dependencies;
    await supervisor.adopt(account);
    const live = supervisor.find(account.id);
    if (live) await live.leave();
    else if (!(await this.get(userId, account.id)).fault) supervisor.accountOf(account.id);
    else {
      for (const { id, status } of await strategies.inStatuses(account.id, ACTIVE_STRATEGY_STATUSES))
        await strategies.changeStatus(id, {
          from: status,
          to: 'stopped',
          reason: 'The account was disconnected.',
        });
      await accounts.close(account.id);
    }
    await supervisor.dismiss(account.id);
  }

  /** Ends what an account holds, as far as that is possible in a few seconds; the rest is ended as soon as it can be. */
  async #drain(userId: string, accountId: string): Promise<void> {
    const { id } = await this.get(userId, accountId);
    const { strategies, supervisor, patience } = this.#dependencies;
    const live = supervisor.accountOf(id);
    for (const strategy of await strategies.inStatuses(id, ACTIVE_STRATEGY_STATUSES)) {
      if (canStrategyBecome(strategy.status, 'stopping')) await live.strategies.stop(strategy, 'close');
    }
    await live.kill(patience.personMs);
  }

  /** Takes no new exposure from now on, or when it is run again. */
  async halt(userId: string, accountId: string, reason: string = HALTED_BY_OWNER): Promise<StoredAccount> {
    const account = await this.get(userId, accountId);
    await this.#dependencies.supervisor.halt(account, reason);
    return this.get(userId, accountId);
  }

  /** Lets a halted account trade again, for a reason that the journal keeps if there is one. */
  async resume(userId: string, accountId: string, reason: string | undefined): Promise<StoredAccount> {
    const { hold } = await this.get(userId, accountId);
    assertNotHeld('account', hold);
    await this.#dependencies.supervisor.accountOf(accountId).resume(reason);
    return this.get(userId, accountId);
  }

  /**
   * Halts, cancels and closes everything, and returns the account once it is flat, at the latest when a person has waited enough. One that
   * cannot be run is halted, and the problem `account-not-trading` says that nothing was closed.
   */
  async kill(userId: string, accountId: string, reason: string = HALTED_BY_OWNER): Promise<KilledAccount> {
    const { supervisor } = this.#dependencies;
    const account = await this.get(userId, accountId);
    if (account.fault && !supervisor.find(accountId)) {
      await supervisor.halt(account, reason);
      throw notKilled(account.fault);
    }
    const live = supervisor.accountOf(accountId);
    const isFlat = await live.kill(this.#dependencies.patience.personMs);
    return { account: await this.get(userId, accountId), isFlat };
  }

  async #liveOf(userId: string, accountId: string): Promise<LiveAccount> {
    await this.get(userId, accountId);
    return this.#dependencies.supervisor.accountOf(accountId);
  }
}

/** An account that was killed, and whether it is flat and its broker says so too. */
export interface KilledAccount {
  readonly account: StoredAccount;
  readonly isFlat: boolean;
}

function notKilled({ code, reason }: AccountFault): Problem {
  return new Problem(
    'account-not-trading',
    `The account is halted, but nothing was cancelled or closed: ${reason} End its orders and positions at the broker.`,
    { code },
  );
}

/** The account as it would be. */
function changed(account: StoredAccount, { limits, waivedLimits }: AccountChanges): StoredAccount {
  const set = Object.entries(limits ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value ?? undefined] as const],
  );
  return {
    ...account,
    limits: { ...account.limits, ...Object.fromEntries(set) },
    waivedLimits: waivedLimits ?? account.waivedLimits,
  };
}
