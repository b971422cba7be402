/** Connects accounts at a broker: finds out what a token opens, stores it sealed, and starts to run the account. */

import { isRealMoney } from '../../core/domain/account.ts';
import { Problem } from '../../core/shared/problem.ts';
import { statusEntry } from '../trading-entries.ts';
import type { BrokerEnvironment, LiveRail } from '../../core/domain/account.ts';
import type { Instruments } from '../../core/domain/instruments.ts';
import type { SealedSecret } from '../../encryption/key-ring.ts';
import type { PersonLimitSource } from '../../people/administration/person-limits.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Access, BrokerAccess, FoundAccount } from './broker-access.ts';
import type { AccountStore, LimitChanges, StoredAccount } from './account-store.ts';
import type { BrokerTokens } from './broker-tokens.ts';
import type { ConnectionStore } from './connection-store.ts';
import type { LiveTrading } from './live-trading.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';

/** What a person wants to connect. */
export interface WantedConnection extends Access {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** The account at the broker; without it the problem that is thrown lists those that the token opens. */
  readonly brokerAccountId: string | undefined;
  /** The limits; throws for instruments that the account does not have, once it is known which it has. */
  readonly limitsFor: (instruments: Instruments | undefined) => LimitChanges;
  readonly waivedLimits: readonly LiveRail[];
  /** Checks that the person wants to trade real money; asked for live accounts only, before anything is stored. */
  readonly confirm: (brokerAccountId: string) => Promise<void>;
}

/** An account that is connected, and what the broker said of it. */
export interface Connected {
  readonly account: StoredAccount;
  readonly found: FoundAccount;
}

export interface AccountConnectorDependencies {
  readonly accounts: AccountStore;
  readonly connections: ConnectionStore;
  readonly tokens: BrokerTokens;
  readonly access: BrokerAccess;
  readonly liveTrading: LiveTrading;
  readonly supervisor: AccountSupervisor;
  readonly journal: Pick<Journal, 'record'>;
  readonly limits: PersonLimitSource;
}

export class AccountConnector {
  readonly #dependencies: AccountConnectorDependencies;

  constructor(dependencies: AccountConnectorDependencies) {
    this.#dependencies = dependencies;
  }

  /** Throws the problem `live-trading-off` for real money on a server that does not trade it. */
  assertAllowed(environment: BrokerEnvironment): void {
    this.#dependencies.liveTrading.assertAllowed(environment);
  }

  /** Connects an account and starts to run it. A repeated request finds the account that it connected. */
  async connect(wanted: WantedConnection): Promise<Connected> {
    const { accounts, access, liveTrading } = this.#dependencies;
    this.assertAllowed(wanted.environment);
    const { brokerAccountId } = wanted;
    if (brokerAccountId === undefined) throw await this.#choice(wanted);
    const earlier = await accounts.findOf(wanted.userId, wanted.id);
    if (!earlier) {
      await this.#assertFree(wanted, brokerAccountId);
      access.assertRoom(wanted.environment);
    }
    if (isRealMoney(wanted.environment)) await wanted.confirm(brokerAccountId);
    liveTrading.assertLimited({ ...wanted, limits: setLimits(wanted.limitsFor(undefined)) });
    await access.assertOpens(wanted, brokerAccountId);
    const found = await access.look(wanted, brokerAccountId);
    if (!earlier) await this.#store(wanted, found);
    return { account: await this.#run(wanted), found };
  }

  /** Returns another token for an account as it is to be stored, when it opens the account. Throws the problem with the token otherwise. */
  async sealToken(account: StoredAccount, token: string): Promise<SealedSecret> {
    const { access, tokens } = this.#dependencies;
    const { id, environment, brokerAccountId } = account;
    if (environment === 'paper')
      throw new Problem('invalid-request', 'A paper account has no token.', {
        errors: [{ pointer: '/token', detail: 'is not known for a paper account' }],
      });
    await access.assertOpens({ environment, token }, brokerAccountId).catch(aboutToken);
    return tokens.seal(token, { accountId: id, environment });
  }

  /** Stores another token for an account, and starts it again with it. */
  async replaceToken(account: StoredAccount, sealed: SealedSecret): Promise<void> {
    const { connections, supervisor, journal } = this.#dependencies;
    const { id, userId } = account;
    await connections.setToken(id, sealed);
    const description = 'The token of the account was replaced.';
    const entry = { type: 'account-token-replaced', description, details: {} };
    await journal.record(statusEntry({ accountId: id, userId }, entry));
    await supervisor.restart(account);
  }

  async #choice(access: Access): Promise<Problem> {
    const listed = await this.#dependencies.access.list(access);
    const accounts = listed.map(({ brokerAccountId }) => brokerAccountId);
    const detail = accounts.length === 0 ? 'the token opens no account' : `is one of ${accounts.join(', ')}`;
    return new Problem(
      'broker-account-not-named',
      `The token opens ${accounts.length === 1 ? '1 account' : `${accounts.length} accounts`}; name the one to connect.`,
      { errors: [{ pointer: '/brokerAccountId', detail }], accounts },
    );
  }

  async #assertFree({ environment, userId }: WantedConnection, brokerAccountId: string): Promise<void> {
    const other = await this.#dependencies.connections.findConnection(environment, brokerAccountId);
    if (other) throw connectedAlready(other.userId === userId ? other.id : undefined);
  }

  async #store(wanted: WantedConnection, found: FoundAccount): Promise<void> {
    const { connections, tokens, limits: personLimits } = this.#dependencies;
    const { id, userId, name, environment, waivedLimits } = wanted;
    const { brokerAccountId, currency, hedging } = found;
    const limits = wanted.limitsFor(found.instruments);
    const token = tokens.seal(wanted.token, { accountId: id, environment });
    const what = { id, userId, name, environment, brokerAccountId, currency, hedging };
    const most = await personLimits.mostOf('accounts');
    if (await connections.connect({ ...what, token, limits, waivedLimits }, most)) return;
    // Another request was quicker since it was looked up, or a rule of an older version is still there.
    if (await connections.findConnection(environment, brokerAccountId)) throw connectedAlready();
    throw new Problem(
      'conflict',
      'You had this account connected before, and the database keeps the older rule that it is connected once for ever. ' +
        'The person who runs the server removes it with: manage db migrate --contract',
    );
  }

  async #run({ userId, id }: WantedConnection): Promise<StoredAccount> {
    const { accounts, supervisor } = this.#dependencies;
    const stored = await accounts.findOf(userId, id);
    if (stored) await supervisor.adopt(stored);
    const account = await accounts.findOf(userId, id);
    if (account) return account;
    throw new Problem('not-found', 'The account was closed while it was being connected.');
  }
}

/** The limits of an account that has none but these. */
function setLimits(limits: LimitChanges) {
  const entries = Object.entries(limits).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as { [Name in keyof LimitChanges]: NonNullable<LimitChanges[Name]> };
}

function connectedAlready(accountId?: string): Problem {
  const whose =
    accountId === undefined ? 'It is connected to this server already' : 'You have it connected already';
  return new Problem(
    'account-already-connected',
    `${whose}: two traders of one account would undo each other's work.`,
    {
      errors: [{ pointer: '/brokerAccountId', detail: 'is connected already' }],
      ...(accountId !== undefined && { accountId }),
    },
  );
}

/** The account is known: what does not open it is the token. */
function aboutToken(error: unknown): never {
  if (!(error instanceof Problem) || error.type !== 'broker-account-unknown') throw error;
  throw new Problem(
    'broker-account-forbidden',
    'The token does not open this account: it was made for another one.',
    { errors: [{ pointer: '/token', detail: 'does not open this account' }] },
    { cause: error },
  );
}
