/** What a token opens at a broker, found out before anything is stored. Each fault is a problem that names the field. */

import { ACCOUNT_CURRENCIES } from '../../core/domain/instrument.ts';
import { Problem } from '../../core/shared/problem.ts';
import type { Broker, BrokerSnapshot } from '../../brokers/broker.ts';
import type { BrokerEnvironment } from '../../core/domain/account.ts';
import type { AccountCurrency } from '../../core/domain/instrument.ts';
import type { Instruments } from '../../core/domain/instruments.ts';
import type { ProblemName } from '../../core/shared/problem.ts';

/** A token and the environment that it was made for. */
export interface Access {
  readonly environment: BrokerEnvironment;
  readonly token: string;
}

/** An account that a token opens, as the broker lists it. */
export interface ListedAccount {
  readonly brokerAccountId: string;
  /** Whether it is traded with MetaTrader 4, where orders cannot carry our ids. */
  readonly isMetaTrader: boolean;
}

/** The way to brokers; `openOnce` opens an account of which nothing is stored yet. */
export interface BrokerAccessDependencies {
  readonly assertRoom: (environment: BrokerEnvironment) => void;
  readonly listAccounts: (access: Access) => Promise<readonly ListedAccount[]>;
  readonly openOnce: (access: Access & { readonly brokerAccountId: string }) => Promise<Broker>;
}

/** What the broker says of an account that is to be connected. */
export interface FoundAccount {
  readonly brokerAccountId: string;
  readonly alias: string | undefined;
  readonly currency: AccountCurrency;
  readonly hedging: boolean;
  /** Ten-thousandths. */
  readonly balance: number;
  readonly openPositions: number;
  readonly openOrders: number;
  readonly instruments: Instruments;
}

export class BrokerAccess {
  readonly #dependencies: BrokerAccessDependencies;

  constructor(dependencies: BrokerAccessDependencies) {
    this.#dependencies = dependencies;
  }

  /** Throws the problem `broker-streams-exhausted` when the broker would not let this copy of the server run one more account. */
  assertRoom(environment: BrokerEnvironment): void {
    this.#dependencies.assertRoom(environment);
  }

  /** The accounts that the token opens. Throws a problem about the token, or `broker-unreachable`. */
  async list(access: Access): Promise<readonly ListedAccount[]> {
    try {
      return await this.#dependencies.listAccounts(access);
    } catch (error) {
      throw aboutField(error);
    }
  }

  /** Throws unless the token opens this account, with what it opens instead, and the account can be traded here. */
  async assertOpens(access: Access, brokerAccountId: string): Promise<void> {
    const listed = await this.list(access);
    const found = listed.find((account) => account.brokerAccountId === brokerAccountId);
    if (!found) throw unknownAccount(brokerAccountId, listed);
    if (!found.isMetaTrader) return;
    const detail =
      'The account is traded with MetaTrader 4: orders there cannot carry the ids that this server needs.';
    throw new Problem(
      'broker-account-not-supported',
      detail,
      atField('/brokerAccountId', 'is a MetaTrader 4 account'),
    );
  }

  /** What the broker says of an account that the token opens. */
  async look(access: Access, brokerAccountId: string): Promise<FoundAccount> {
    let broker: Broker | undefined;
    try {
      broker = await this.#dependencies.openOnce({ ...access, brokerAccountId });
      return foundAccount(brokerAccountId, await broker.snapshot(), broker.instruments);
    } catch (error) {
      throw isClosed(error) ? closedAccount(error) : aboutField(error);
    } finally {
      await broker?.close();
    }
  }
}

function foundAccount(
  brokerAccountId: string,
  { account, hedging, alias }: BrokerSnapshot,
  instruments: Instruments,
): FoundAccount {
  const currency = ACCOUNT_CURRENCIES.find((known) => known === account.currency);
  if (!currency) {
    throw new Problem(
      'broker-account-not-supported',
      `The account is kept in ${account.currency}; accounts in ${ACCOUNT_CURRENCIES.join(', ')} can be traded.`,
      atField('/brokerAccountId', `is kept in ${account.currency}`),
    );
  }
  return {
    brokerAccountId,
    alias,
    currency,
    hedging,
    balance: account.balance,
    openPositions: account.positions.length,
    openOrders: account.orders.length,
    instruments,
  };
}

function unknownAccount(brokerAccountId: string, listed: readonly ListedAccount[]): Problem {
  const accounts = listed.map((account) => account.brokerAccountId);
  const opens = accounts.length === 0 ? 'no account' : accounts.join(', ');
  return new Problem(
    'broker-account-unknown',
    `The token does not open the account ${brokerAccountId}: it is another person's, or does not exist.`,
    { ...atField('/brokerAccountId', `must be an account of the token, which opens ${opens}`), accounts },
  );
}

/** The broker lists the account, so it is the token's: that it is not opened all the same means that it is closed. */
function isClosed(error: unknown): error is Problem {
  return (
    error instanceof Problem &&
    (error.type === 'broker-account-forbidden' || error.type === 'broker-account-unknown')
  );
}

function closedAccount(cause: Problem): Problem {
  return new Problem(
    'broker-account-closed',
    'The broker lists the account and does not open it: it is closed.',
    atField('/brokerAccountId', 'is closed at the broker'),
    { cause },
  );
}

const FIELDS: Partial<Record<ProblemName, { readonly pointer: string; readonly detail: string }>> = {
  'broker-token-refused': { pointer: '/token', detail: 'is not accepted by the broker' },
  'broker-token-elsewhere': { pointer: '/environment', detail: 'is not the one that the token was made for' },
  'broker-account-not-supported': { pointer: '/brokerAccountId', detail: 'cannot be traded here' },
};

/** Returns the problem with the field of the request that it is about; anything else as it is. */
function aboutField(error: unknown): unknown {
  const field = error instanceof Problem ? FIELDS[error.type] : undefined;
  if (!(error instanceof Problem) || !field) return error;
  return new Problem(error.type, error.message, { ...error.facts, errors: [field] }, { cause: error });
}

function atField(pointer: string, detail: string) {
  return { errors: [{ pointer, detail }] };
}
