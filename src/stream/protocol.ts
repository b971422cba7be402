/** The frames of the WebSocket: those of the stream itself, and those that channels bring. */

import { Type } from 'typebox';
import type { Static, TProperties } from 'typebox';
import { EXAMPLE_ID, Id, SequenceInput } from '../http/values.ts';
import type { ChannelFrames, SubscribeFrame } from './channel.ts';

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

/** Tokens are 43 characters. */
const TOKEN_LENGTH = 256;

interface FrameWords {
  readonly description?: string;
  readonly examples?: readonly object[];
}

function strict<Properties extends TProperties>(properties: Properties, words: FrameWords = {}) {
  return Type.Object(properties, { additionalProperties: false, ...words });
}

const Authenticate = strict(
  { type: Type.Literal('authenticate'), token: Type.String({ minLength: 1, maxLength: TOKEN_LENGTH }) },
  {
    description: 'The first frame of a client without a session cookie.',
    examples: [{ type: 'authenticate', token: 'afk_the-token-of-an-api-key-or-a-sign-in' }],
  },
);

const Acknowledge = strict(
  { type: Type.Literal('acknowledge'), sequence: SequenceInput },
  {
    description:
      'The events up to this number have been processed. From the first one on, a client that falls too far behind is closed.',
    examples: [{ type: 'acknowledge', sequence: 1234 }],
  },
);

function unsubscribe(names: string[]) {
  return strict(
    { type: Type.Literal('unsubscribe'), channel: Type.Enum(names), accountId: Type.Optional(Id) },
    {
      description: 'Ends a subscription; with the account where the channel has one.',
      examples: [{ type: 'unsubscribe', channel: 'account', accountId: EXAMPLE_ID }],
    },
  );
}

/** Returns the schemas of the frames that clients may send besides subscriptions, by their type. */
export function controlFrames(channels: readonly ChannelFrames[]) {
  return {
    authenticate: Authenticate,
    unsubscribe: unsubscribe(namesOf(channels)),
    acknowledge: Acknowledge,
  };
}

const Authenticated = strict(
  { type: Type.Literal('authenticated'), userId: Id },
  { description: 'Sent once, when it is known who is there.' },
);

function answer<Name extends 'subscribed' | 'unsubscribed'>(type: Name, names: string[]) {
  return strict({ type: Type.Literal(type), channel: Type.Enum(names), accountId: Type.Optional(Id) });
}

function refusal(names: string[]) {
  return strict(
    {
      type: Type.Literal('error'),
      code: Type.String({ description: 'The name of a problem.' }),
      detail: Type.String(),
      channel: Type.Optional(Type.Enum(names)),
      accountId: Type.Optional(Id),
    },
    { description: 'Something was refused. The socket stays open unless a close follows.' },
  );
}

/** Returns the schemas of the frames that the stream itself sends, by their type. */
export function streamFrames(channels: readonly ChannelFrames[]) {
  const names = namesOf(channels);
  return {
    authenticated: Authenticated,
    subscribed: answer('subscribed', names),
    unsubscribed: answer('unsubscribed', names),
    error: refusal(names),
  };
}

/** Returns the schema of every frame that the server may send. */
export function serverFrames(channels: readonly ChannelFrames[]) {
  return [...Object.values(streamFrames(channels)), ...channels.map(({ data }) => data)];
}

function namesOf(channels: readonly ChannelFrames[]): string[] {
  return channels.map(({ name }) => name);
}

type ControlFrames = ReturnType<typeof controlFrames>;

/** What a client sends. */
export type ClientFrame = SubscribeFrame | Static<ControlFrames[keyof ControlFrames]>;

/** What the stream itself sends. */
export type StreamFrame =
  | Static<typeof Authenticated>
  | Static<ReturnType<typeof answer<'subscribed' | 'unsubscribed'>>>
  | Static<ReturnType<typeof refusal>>;
