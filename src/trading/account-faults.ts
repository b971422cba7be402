/** Accounts that cannot be run at the moment: why, recorded once, and when to try again. */

import { InvariantError } from '../core/shared/assert.ts';
import { Problem } from '../core/shared/problem.ts';
import { backoffDelayMs } from '../core/shared/backoff.ts';
import { reasonToRecord } from './account-status-record.ts';
import { isBrokerRefusal } from './broker-refusal.ts';
import { statusEntry } from './trading-entries.ts';
import type { BackoffLimits } from '../core/shared/backoff.ts';
import type { ProblemName } from '../core/shared/problem.ts';
import type { StatusFacts } from './account-status-record.ts';
import type { AccountFault, AccountStore, StoredAccount } from './accounts/account-store.ts';

/** What a person or a setting must change. A token that is replaced is tried at once, whatever this says. */
const WAITS_FOR_A_PERSON: readonly ProblemName[] = [
  'secret-unreadable',
  'encryption-key-missing',
  'live-trading-off',
  'live-limits-missing',
];
/** What may be over soon, or never: a log that lags behind or cannot be read, or a request that the broker does not accept. */
const MAY_PASS: readonly ProblemName[] = [
  'broker-unreachable',
  'broker-log-behind',
  'broker-transaction-unreadable',
  'broker-streams-exhausted',
  'internal-error',
];
/** A broker that does not answer is asked again soon, then less often; one that does not let us in, after the longest pause. */
export const RETRY_PACE: BackoffLimits = { firstMs: 2_000, longestMs: 60_000 };

/** What a person can do about a broker that does not let us in. */
const OTHER_TOKEN =
  'Replace the token with PATCH /accounts/{id}. Until then nothing is sent; orders and positions stay at the broker.';
const REMEDIES: Partial<Record<ProblemName, string>> = {
  'broker-token-refused': OTHER_TOKEN,
  'broker-token-elsewhere': OTHER_TOKEN,
  'broker-account-forbidden': OTHER_TOKEN,
};

export interface AccountFaultsDependencies {
  readonly accounts: AccountStore;
  readonly committed: () => void;
  readonly retryPace: BackoffLimits;
}

interface Known {
  readonly fault: AccountFault;
  readonly failures: number;
  readonly retryAtMs: number;
}

/** The faults of this process's accounts. Times are of the process's clock. */
export class AccountFaults {
  readonly #dependencies: AccountFaultsDependencies;
  readonly #knownByAccount = new Map<string, Known>();

  constructor(dependencies: AccountFaultsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Why the account cannot be run, as far as this process knows. */
  find(accountId: string): AccountFault | undefined {
    return this.#knownByAccount.get(accountId)?.fault;
  }

  /** How many accounts this process tried to run and cannot. */
  get count(): number {
    return this.#knownByAccount.size;
  }

  /** Whether the time has come to try the account again. */
  mayTry(accountId: string): boolean {
    return performance.now() >= (this.#knownByAccount.get(accountId)?.retryAtMs ?? 0);
  }

  /** Has the account tried at once. */
  forget(accountId: string): void {
    this.#knownByAccount.delete(accountId);
  }

  /**
   * Takes note of why an account could not be run, and returns whether that is news. What is no fault of the account, such as a database
   * that is away, is news each time, and keeps nothing from trying again.
   */
  async note(account: StoredAccount, error: unknown): Promise<boolean> {
    const fault = faultOf(error);
    if (!fault) return true;
    const failures = (this.#knownByAccount.get(account.id)?.failures ?? 0) + 1;
    const retryAtMs = performance.now() + this.#pauseMs(error, failures);
    this.#knownByAccount.set(account.id, { fault, failures, retryAtMs });
    const stored = await this.#dependencies.accounts.find(account.id);
    if (stored?.fault?.code === fault.code) return false;
    await this.#record(account, fault, {
      type: 'account-error',
      severity: fault.code === 'broker-unreachable' ? 'error' : 'critical',
      description: `The account cannot be traded: ${fault.reason}`,
      details: { code: fault.code },
    });
    return true;
  }

  /** Halts an account that does not run, once for the same reason: when it runs again it takes no new exposure. */
  async halt(
    { id, userId }: StoredAccount,
    reason: string,
    { severity = 'warning', details = {} }: StatusFacts = {},
  ): Promise<void> {
    const { accounts, committed } = this.#dependencies;
    const stored = await accounts.find(id);
    const recorded = reasonToRecord(stored?.statusReason, reason);
    if (stored?.status === 'halted' && stored.statusReason === recorded) return;
    const entry = statusEntry(
      { accountId: id, userId },
      { type: 'account-halted', severity, description: reason, details: { status: 'halted', ...details } },
    );
    await accounts.setStatus(id, 'halted', { reason: recorded, entry });
    committed();
  }

  /** The account runs: what kept it from that is over. */
  async clear(account: StoredAccount): Promise<void> {
    this.#knownByAccount.delete(account.id);
    if (!account.fault) return;
    const details = { code: account.fault.code };
    await this.#record(account, undefined, {
      type: 'account-recovered',
      description: 'The account can be traded again.',
      details,
    });
  }

  #pauseMs(error: unknown, failures: number): number {
    const { retryPace } = this.#dependencies;
    return needsPerson(error) ? retryPace.longestMs : backoffDelayMs(failures - 1, retryPace, Math.random());
  }

  async #record(
    { id, userId }: StoredAccount,
    fault: AccountFault | undefined,
    entry: Parameters<typeof statusEntry>[1],
  ): Promise<void> {
    const { accounts, committed } = this.#dependencies;
    await accounts.setFault(id, fault, statusEntry({ accountId: id, userId }, entry));
    committed();
  }
}

function faultOf(error: unknown): AccountFault | undefined {
  if (error instanceof InvariantError)
    return { code: 'internal-error', reason: 'The server cannot make sense of it; its log says more.' };
  if (!(error instanceof Problem)) return undefined;
  const isFault = needsPerson(error) || MAY_PASS.includes(error.type);
  if (!isFault) return undefined;
  const remedy = REMEDIES[error.type];
  return { code: error.type, reason: remedy === undefined ? error.message : `${error.message} ${remedy}` };
}

function needsPerson(error: unknown): boolean {
  return isBrokerRefusal(error) || (error instanceof Problem && WAITS_FOR_A_PERSON.includes(error.type));
}
