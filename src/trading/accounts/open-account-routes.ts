/** How an account comes to be: a paper account is made, one at a broker is connected. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formatMoney } from '../../core/domain/money.ts';
import { ACCOUNT_CURRENCIES } from '../../core/domain/instrument.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { Problem } from '../../core/shared/problem.ts';
import { clientOf } from '../../http/client.ts';
import { principalOf } from '../../http/authenticate.ts';
import { LIST_BODY_BYTES } from '../../http/body-limits.ts';
import { API_PREFIX } from '../../http/route.ts';
import { Decimal, orNull } from '../../http/values.ts';
import { AccountBody, brokerEnvironment, brokerTerms, paperTerms } from './account-body.ts';
import { limitChanges, marginRateFrom, moneyFrom } from './account-schemas.ts';
import { PROOF_PROBLEMS } from '../../people/proof-body.ts';
import { AccountView, accountView } from './account-view.ts';
import { namedObject } from '../../http/schemas.ts';
import type { App } from '../../http/route.ts';
import type { BrokerEnvironment } from '../../core/domain/account.ts';
import type { Client } from '../../http/client.ts';
import type { FoundAccount } from './broker-access.ts';
import type { AccountConnector, Connected } from './account-connector.ts';
import type { Accounts } from './accounts.ts';
import type { StoredAccount } from './account-store.ts';

/** Confirms that a request comes from the person and not from who found their session. */
export interface PasswordCheck {
  confirm(
    userId: string,
    proof: { readonly password: string; readonly code?: string | undefined },
    client: Client,
  ): Promise<unknown>;
}

export interface OpenAccountDependencies {
  readonly accounts: Accounts;
  readonly accountConnector: AccountConnector;
  readonly passwordProof: PasswordCheck;
}

const FoundView = namedObject(
  'FoundAtBroker',
  {
    alias: orNull(Type.String({ description: 'The name that the account has at the broker.' })),
    currency: Type.Enum(ACCOUNT_CURRENCIES),
    hedging: Type.Boolean(),
    balance: Decimal,
    openPositions: Type.Integer(),
    openOrders: Type.Integer(),
    instruments: Type.Integer({ description: 'How many instruments it can trade.' }),
  },
  { description: 'What the broker said of the account when it was connected.' },
);

const OpenedAccountView = namedObject('OpenedAccount', {
  ...AccountView.properties,
  found: orNull(FoundView),
});

/** What a request asks for, and for whom. */
interface Opening {
  readonly id: string;
  readonly userId: string;
  readonly client: Client;
  readonly body: AccountBody;
}

const PROBLEMS = [
  'broker-token-refused',
  'broker-token-elsewhere',
  'broker-account-not-named',
  'broker-account-unknown',
  'broker-account-closed',
  'broker-account-not-supported',
  'broker-unreachable',
  'broker-streams-exhausted',
  'account-already-connected',
  'live-trading-off',
  'live-limits-missing',
  ...PROOF_PROBLEMS,
  'encryption-key-missing',
  'too-many-requests',
  'limit-reached',
] as const;

export function registerOpenAccountRoute(app: App, deps: OpenAccountDependencies): void {
  app.post('/accounts', {
    bodyLimit: LIST_BODY_BYTES,
    config: { access: 'user', isIdempotent: true, problems: [...PROBLEMS] },
    schema: {
      operationId: 'createAccount',
      summary: 'Make a paper account, or connect one at OANDA',
      description:
        'A paper account needs `currency` and `initialBalance`. An account at OANDA needs `token`, and `brokerAccountId` to say which: without ' +
        'it nothing is stored, and the problem `broker-account-not-named` lists the accounts that the token opens. A live account also needs ' +
        '`password`, `confirmLive`, and each of its limits set or waived. What is open on it is taken over as it is.',
      tags: ['accounts'],
      body: AccountBody,
      response: { 201: OpenedAccountView },
    },
    handler: async (request, reply) => {
      const { body } = request;
      const opening = {
        id: request.reservedId,
        userId: principalOf(request).userId,
        client: clientOf(request),
        body,
      };
      const environment = brokerEnvironment(body);
      const opened =
        environment === undefined
          ? { account: await makePaper(deps, opening), found: null }
          : connectedView(await connect(deps, opening, environment));
      return reply
        .code(201)
        .header('location', `${API_PREFIX}/accounts/${opened.account.id}`)
        .send({ ...accountView(opened.account), found: opened.found });
    },
  });
}

function makePaper({ accounts }: OpenAccountDependencies, opening: Opening): Promise<StoredAccount> {
  const { id, userId, body } = opening;
  const { currency, initialBalance } = paperTerms(body);
  const { name, hedging = false, leverage = null, limits = {} } = body;
  return accounts.create({
    id,
    userId,
    name: name.trim(),
    currency,
    hedging,
    marginRate: marginRateFrom(leverage),
    initialBalance: moneyFrom(initialBalance),
    limits: limitChanges(limits, PAPER_INSTRUMENTS),
  });
}

async function connect(
  { accountConnector, passwordProof }: OpenAccountDependencies,
  { id, userId, client, body }: Opening,
  environment: BrokerEnvironment,
): Promise<Connected> {
  // Said first: what is missing from the body does not matter then.
  accountConnector.assertAllowed(environment);
  const { name, limits = {}, waivedLimits = [], password = '', code, confirmLive } = body;
  return accountConnector.connect({
    ...brokerTerms(body, environment),
    id,
    userId,
    name: name.trim(),
    limitsFor: (instruments) => limitChanges(limits, instruments),
    waivedLimits,
    confirm: async (brokerAccountId) => {
      if (confirmLive !== brokerAccountId) throw unconfirmed(brokerAccountId);
      await passwordProof.confirm(userId, { password, code }, client);
    },
  });
}

function unconfirmed(brokerAccountId: string): Problem {
  return new Problem('invalid-request', 'The account trades real money, and that was not confirmed.', {
    errors: [
      {
        pointer: '/confirmLive',
        detail: `must be ${brokerAccountId}, the account's id once more, because it trades real money`,
      },
    ],
  });
}

function connectedView({ account, found }: Connected) {
  return { account, found: foundView(found) };
}

function foundView({ balance, instruments, alias, ...found }: FoundAccount): Static<typeof FoundView> {
  const { currency, hedging, openPositions, openOrders } = found;
  return {
    alias: alias ?? null,
    currency,
    hedging,
    balance: formatMoney(balance),
    openPositions,
    openOrders,
    instruments: instruments.list.length,
  };
}
