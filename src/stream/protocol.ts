/** What clients send over the WebSocket: the schema of every frame, and how a wrong one is told apart and explained. */

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Static, TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';

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

/** The longest frame that a client has reason to send; the longest sensible one names every instrument. */
export const FRAME_BYTES = 16 * 1024;
/** More than there are instruments. */
const MOST_INSTRUMENTS = 64;
/** Tokens are 43 characters. */
const TOKEN_LENGTH = 256;
const TOLD_NAME_LENGTH = 64;

const Id = Type.String({ format: 'uuid' });

function strict<Properties extends Record<string, TSchema>>(properties: Properties, description: string) {
  return Type.Object(properties, { additionalProperties: false, description });
}

function subscription<Name extends Channel, Properties extends Record<string, TSchema>>(
  channel: Name,
  properties: Properties,
  description: string,
) {
  return strict({ type: Type.Literal('subscribe'), channel: Type.Literal(channel), ...properties }, description);
}

const AUTHENTICATE = strict(
  { type: Type.Literal('authenticate'), token: Type.String({ minLength: 1, maxLength: TOKEN_LENGTH }) },
  'The first frame of whoever has no session cookie.',
);
const UNSUBSCRIBE = strict(
  { type: Type.Literal('unsubscribe'), channel: Type.Enum(CHANNELS), accountId: Type.Optional(Id) },
  'Ends a subscription; with the account where the channel has one.',
);
const ACKNOWLEDGE = strict(
  { type: Type.Literal('acknowledge'), sequence: Type.Integer({ minimum: 0 }) },
  'The events up to this number have been dealt with. From the first one on, whoever falls too far behind is closed.',
);

/** Every subscription that there is, by its channel. */
export const SUBSCRIPTIONS = {
  quotes: subscription(
    'quotes',
    {
      accountId: Id,
      instruments: Type.Array(Type.String({ maxLength: 32 }), { minItems: 1, maxItems: MOST_INSTRUMENTS, uniqueItems: true }),
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
export const CLIENT_FRAMES = [AUTHENTICATE, UNSUBSCRIBE, ACKNOWLEDGE, ...Object.values(SUBSCRIPTIONS)] as const;

export type SubscribeFrame = Static<(typeof SUBSCRIPTIONS)[Channel]>;
export type ClientFrame = Static<(typeof CLIENT_FRAMES)[number]>;

/** A compiled schema, as far as it is used here. */
interface FrameCheck {
  Check(value: unknown): boolean;
  Errors(value: unknown): TLocalizedValidationError[];
}

const CHECKS_BY_TYPE: ReadonlyMap<string, FrameCheck> = new Map<string, FrameCheck>([
  ['authenticate', Compile(AUTHENTICATE)],
  ['unsubscribe', Compile(UNSUBSCRIBE)],
  ['acknowledge', Compile(ACKNOWLEDGE)],
]);
const CHECKS_BY_CHANNEL: ReadonlyMap<string, FrameCheck> = new Map(
  Object.entries(SUBSCRIPTIONS).map(([channel, schema]) => [channel, Compile(schema)]),
);
const TYPES = ['authenticate', 'subscribe', 'unsubscribe', 'acknowledge'];

/** A frame that was understood, or why it was not. */
export type ParsedFrame = { readonly frame: ClientFrame } | { readonly wrong: string };

/** Reads a client's frame. */
export function parseClientFrame(text: string): ParsedFrame {
  const value = parseJson(text);
  if (value === undefined) return { wrong: 'a frame must be JSON' };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { wrong: 'a frame must be a JSON object' };
  const { type, channel }: { type?: unknown; channel?: unknown } = value;
  if (type !== 'subscribe') return checked(find(CHECKS_BY_TYPE, type), value, `/type must be one of ${TYPES.join(', ')}`);
  return checked(find(CHECKS_BY_CHANNEL, channel), value, `/channel must be one of ${CHANNELS.join(', ')}`);
}

function find(checks: ReadonlyMap<string, FrameCheck>, name: unknown): FrameCheck | undefined {
  return typeof name === 'string' ? checks.get(name) : undefined;
}

function checked(check: FrameCheck | undefined, value: object, unknownName: string): ParsedFrame {
  if (!check) return { wrong: unknownName };
  if (!check.Check(value)) return { wrong: describe(check.Errors(value)) };
  return { frame: value as ClientFrame };
}

/** Says the first thing that is wrong; an unknown field is reported twice, and only once in words. */
function describe(errors: readonly TLocalizedValidationError[]): string {
  const error = errors.find(({ keyword }) => keyword !== 'boolean');
  if (!error) return 'the frame is not valid';
  const { instancePath } = error;
  if (error.keyword === 'additionalProperties') {
    // The name is the client's, and may be as long as a frame.
    return `${instancePath}/${error.params.additionalProperties[0]?.slice(0, TOLD_NAME_LENGTH)} is not known here`;
  }
  if (error.keyword === 'required') return `${instancePath}/${error.params.requiredProperties[0]} is required`;
  return `${instancePath} ${error.message}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no object either, and answered as such.
    return undefined;
  }
}
