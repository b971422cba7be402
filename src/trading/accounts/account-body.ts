/** What a person sends to make an account: a paper account with its terms, or one at a broker with what opens it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { BROKER_ENVIRONMENTS, ENVIRONMENTS, isRealMoney, LIVE_RAILS } from '../../core/domain/account.ts';
import { ACCOUNT_CURRENCIES } from '../../core/domain/instrument.ts';
import { Problem } from '../../core/shared/problem.ts';
import { Code } from '../../people/proof-body.ts';
import { orNull, positiveDecimal } from '../../http/values.ts';
import { Leverage, LimitsInput, MONEY, Name } from './account-schemas.ts';
import { namedObject } from '../../http/schemas.ts';
import type { BrokerEnvironment, Environment } from '../../core/domain/account.ts';
import type { AccountCurrency } from '../../core/domain/instrument.ts';
import type { FieldError } from '../../core/shared/problem.ts';

/** OANDA's tokens are 32 hex digits, twice, with a dash; others may come. Spaces are what a careless copy brings. */
const Token = Type.String({
  minLength: 16,
  maxLength: 256,
  pattern: '^[!-~]+$',
  'x-sentence': 'must be the token as the broker shows it, 16 to 256 characters without spaces',
  description: 'The token that opens the account at the broker. It is stored encrypted, and shown to no one.',
});

const Password = Type.String({
  minLength: 1,
  maxLength: 128,
  description: 'Your password, once more: for another token, and for what is about real money.',
});

const WaivedLimits = Type.Array(Type.Enum(LIVE_RAILS), {
  uniqueItems: true,
  description: 'The limits that an account with real money is to do without; the others must be set.',
});

export const AccountBody = namedObject(
  'NewAccount',
  {
    name: Name,
    environment: Type.Enum(ENVIRONMENTS, {
      description: '`paper` is simulated; `practice` and `live` are accounts at OANDA, which a token opens.',
    }),
    currency: Type.Optional(Type.Enum(ACCOUNT_CURRENCIES, { description: 'Of a paper account.' })),
    initialBalance: Type.Optional(
      positiveDecimal({ ...MONEY, description: 'What a paper account starts with.' }),
    ),
    hedging: Type.Optional(
      Type.Boolean({
        description: 'Whether a paper account may be long and short at once; it may not when left out.',
      }),
    ),
    leverage: Type.Optional(Leverage),
    token: Type.Optional(Token),
    brokerAccountId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description:
          'The account at the broker. When it is left out, the answer lists those that the token opens.',
        examples: ['101-004-1435156-001'],
      }),
    ),
    password: Type.Optional(Password),
    code: Type.Optional(Code),
    confirmLive: Type.Optional(
      Type.String({
        maxLength: 64,
        description:
          'Of a live account: its `brokerAccountId` once more, because this account trades real money.',
      }),
    ),
    limits: Type.Optional(LimitsInput),
    waivedLimits: Type.Optional(WaivedLimits),
  },
  {
    additionalProperties: false,
    examples: [{ name: 'First', environment: 'paper', currency: 'USD', initialBalance: '10000' }],
  },
);
export type AccountBody = Static<typeof AccountBody>;

export const AccountPatch = namedObject(
  'AccountChange',
  {
    name: Type.Optional(Name),
    leverage: Type.Optional(orNull(Leverage)),
    limits: Type.Optional(LimitsInput),
    recordQuotes: Type.Optional(Type.Boolean()),
    token: Type.Optional(Token),
    password: Type.Optional(Password),
    code: Type.Optional(Code),
    waivedLimits: Type.Optional(WaivedLimits),
  },
  {
    additionalProperties: false,
    examples: [{ limits: { maxDailyLoss: '200', maxOrderUnits: 10000 } }],
    minProperties: 1,
  },
);
export type AccountPatch = Static<typeof AccountPatch>;

type Field = keyof AccountBody;

const OF_PAPER: readonly Field[] = ['currency', 'initialBalance', 'hedging', 'leverage'];
const OF_BROKER: readonly Field[] = ['token', 'brokerAccountId'];
const OF_LIVE: readonly Field[] = ['password', 'code', 'confirmLive', 'waivedLimits'];

/** The terms of a paper account. */
export interface PaperTerms {
  readonly currency: AccountCurrency;
  readonly initialBalance: string;
}

/** Returns the terms of a paper account. Throws `invalid-request` with each field that is missing, or is not a paper account's. */
export function paperTerms(body: AccountBody): PaperTerms {
  const { currency, initialBalance } = body;
  refuse([
    ...unexpected(body, [...OF_BROKER, ...OF_LIVE]),
    ...missing(body, ['currency', 'initialBalance']),
    ...leaseOfPaper('paper', body.limits),
  ]);
  return { currency: currency ?? 'USD', initialBalance: initialBalance ?? '' };
}

/** Throws `invalid-request` for limits that an account of this environment cannot have. */
export function assertLimitsOf(environment: Environment, limits: LimitsInput | undefined): void {
  refuse(leaseOfPaper(environment, limits));
}

/** The paper exchange is in this server, and stops with it: nothing can fill while no one watches. */
function leaseOfPaper(environment: Environment, limits: LimitsInput | undefined): readonly FieldError[] {
  if (environment !== 'paper' || limits?.entryLeaseMinutes == null) return [];
  const detail = 'must be left out of a paper account: its exchange stops with the server';
  return [{ pointer: '/limits/entryLeaseMinutes', detail }];
}

/** What opens an account at a broker. */
export interface BrokerTerms {
  readonly environment: BrokerEnvironment;
  readonly token: string;
  readonly brokerAccountId: string | undefined;
}

/** Returns what opens the account. Throws `invalid-request` with each field that is missing, or is not an account's of its environment. */
export function brokerTerms(body: AccountBody, environment: BrokerEnvironment): BrokerTerms {
  const { token, brokerAccountId } = body;
  const isLive = isRealMoney(environment);
  // Which account it is to be is answered without a password.
  const isNamed = brokerAccountId !== undefined;
  refuse([
    ...unexpected(body, isLive ? OF_PAPER : [...OF_PAPER, ...OF_LIVE]),
    ...missing(body, isLive && isNamed ? ['token', 'password', 'confirmLive'] : ['token']),
  ]);
  return { environment, token: token ?? '', brokerAccountId };
}

/** Returns the environment when it is a broker's. */
export function brokerEnvironment({ environment }: AccountBody): BrokerEnvironment | undefined {
  return BROKER_ENVIRONMENTS.find((known) => known === environment);
}

function unexpected(body: AccountBody, fields: readonly Field[]): readonly FieldError[] {
  const sent = fields.filter((field) => body[field] !== undefined);
  return sent.map((field) => ({
    pointer: `/${field}`,
    detail: `is not known for a ${body.environment} account`,
  }));
}

function missing(body: AccountBody, fields: readonly Field[]): readonly FieldError[] {
  const absent = fields.filter((field) => body[field] === undefined);
  return absent.map((field) => ({
    pointer: `/${field}`,
    detail: `is required for a ${body.environment} account`,
  }));
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new Problem('invalid-request', 'The body is not valid.', { errors });
}
