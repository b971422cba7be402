/** What clients may send over the WebSocket: the schema of every frame. */

import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';

export const CHANNELS = ['quotes', 'account', 'strategies', 'backtests', 'events'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Why a socket is closed, as its close code. */
export const CLOSE_CODES = {
  badFrame: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  noPong: 4408,
  tooSlow: 4429,
  failed: 1011,
  restarting: 1012,
} as const;

/** More than there are instruments. */
const MOST_INSTRUMENTS = 64;
/** Tokens are 43 characters. */
const TOKEN_LENGTH = 256;

const Id = Type.String({ format: 'uuid' });

function strict<Properties extends Record<string, TSchema>>(properties: Properties, description: string) {
  return Type.Object(properties, { additionalProperties: false, description });
}

function subscription<Name extends Channel, Properties extends Record<string, TSchema>>(
  channel: Name,
  properties: Properties,
  description: string,
) {
  return strict(
    { type: Type.Literal('subscribe'), channel: Type.Literal(channel), ...properties },
    description,
  );
}

export const AUTHENTICATE = strict(
  { type: Type.Literal('authenticate'), token: Type.String({ minLength: 1, maxLength: TOKEN_LENGTH }) },
  'The first frame of anyone who has no session cookie.',
);
export const UNSUBSCRIBE = strict(
  { type: Type.Literal('unsubscribe'), channel: Type.Enum(CHANNELS), accountId: Type.Optional(Id) },
  'Ends a subscription; with the account where the channel has one.',
);
export const ACKNOWLEDGE = strict(
  { type: Type.Literal('acknowledge'), sequence: Type.Integer({ minimum: 0 }) },
  'The events up to this number have been dealt with. From the first one on, anyone who falls too far behind is closed.',
);

/** Every subscription that there is, by its channel. */
export const SUBSCRIPTIONS = {
  quotes: subscription(
    'quotes',
    {
      accountId: Id,
      instruments: Type.Array(Type.String({ maxLength: 32 }), {
        minItems: 1,
        maxItems: MOST_INSTRUMENTS,
        uniqueItems: true,
      }),
    },
    'The newest quotes of instruments on an account.',
  ),
  account: subscription('account', { accountId: Id }, 'An account: what is open, and then what changes.'),
  strategies: subscription('strategies', {}, 'Changes of status of my strategies.'),
  backtests: subscription('backtests', {}, 'Progress of my backtests.'),
  events: subscription(
    'events',
    { after: Type.Optional(Type.Integer({ minimum: 0 })) },
    'My journal entries: after the one with this number, or from now on.',
  ),
} as const;

/** Every frame that a client may send. */
export const CLIENT_FRAMES = [
  AUTHENTICATE,
  UNSUBSCRIBE,
  ACKNOWLEDGE,
  ...Object.values(SUBSCRIPTIONS),
] as const;

export type SubscribeFrame = Static<(typeof SUBSCRIPTIONS)[Channel]>;
export type ClientFrame = Static<(typeof CLIENT_FRAMES)[number]>;
