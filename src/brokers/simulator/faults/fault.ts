/** What can be made to go wrong at the simulator: one schema a kind, which is also what the control route accepts. */

import Type from 'typebox';
import type { Static } from 'typebox';

const LONGEST_DELAY_MS = 3_600_000;

/** How many times the fault happens, to which requests: every field that is left out sets no limit. */
const LIMITS = {
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  method: Type.Optional(Type.Enum(['GET', 'POST', 'PUT', 'PATCH'])),
  path: Type.Optional(Type.String({ pattern: '^/', maxLength: 200 })),
};

/** Without it, what is held up waits until the fault is removed; reads lag behind to the time at which it was armed. */
const delayMs = Type.Optional(Type.Integer({ minimum: 0, maximum: LONGEST_DELAY_MS }));

const STRICT = { additionalProperties: false };

const limited = <const Kind extends string, Fields extends Type.TProperties>(kind: Kind, fields: Fields) =>
  Type.Object({ fault: Type.Literal(kind), ...LIMITS, ...fields }, STRICT);

const uncounted = <const Kind extends string, Fields extends Type.TProperties>(kind: Kind, fields: Fields) =>
  Type.Object({ fault: Type.Literal(kind), ...fields }, STRICT);

const instrument = Type.Optional(Type.String({ pattern: '^[A-Z0-9]+_[A-Z0-9]+$' }));

/** Each kind of fault with its fields. docs/simulator.md says what each does. */
export const FAULT_SCHEMAS = {
  'request-lost': limited('request-lost', {}),
  'answer-lost': limited('answer-lost', {}),
  'request-delayed': limited('request-delayed', { delayMs }),
  'answer-delayed': limited('answer-delayed', { delayMs }),
  status: limited('status', {
    status: Type.Enum([401, 403, 404, 429, 500, 502, 503, 504]),
    body: Type.Optional(Type.Enum(['json', 'html'])),
    applied: Type.Optional(Type.Boolean()),
    retryAfter: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600 })),
  }),
  'read-lag': limited('read-lag', { lagMs: delayMs }),
  'closed-hidden': limited('closed-hidden', {}),
  'sinceid-truncated': limited('sinceid-truncated', { transactions: Type.Integer({ minimum: 0 }) }),
  'unknown-fields': limited('unknown-fields', {}),
  'null-members': limited('null-members', {}),
  'legacy-spellings': limited('legacy-spellings', {}),
  'numeric-ids': limited('numeric-ids', {}),
  'unknown-transaction': uncounted('unknown-transaction', {
    type: Type.String({ pattern: '^[A-Z][A-Z_]{0,63}$' }),
  }),
  'stream-stalled': limited('stream-stalled', {}),
  'stream-cut': limited('stream-cut', {}),
  'stream-ended': limited('stream-ended', {}),
  'stream-joined': limited('stream-joined', { lines: Type.Integer({ minimum: 2, maximum: 1_000 }) }),
  'stream-split': limited('stream-split', { bytes: Type.Integer({ minimum: 1, maximum: 10_000 }) }),
  'heartbeats-only': limited('heartbeats-only', {}),
  'streams-refused': limited('streams-refused', {}),
  // Without a count no one could come to remove it.
  'connections-refused': uncounted('connections-refused', { count: Type.Integer({ minimum: 1 }) }),
  'connections-limited': uncounted('connections-limited', { perSecond: Type.Integer({ minimum: 1 }) }),
  halted: uncounted('halted', { instrument }),
  'side-empty': uncounted('side-empty', { instrument, side: Type.Enum(['bids', 'asks']) }),
} as const;

type FaultSchemas = typeof FAULT_SCHEMAS;

/** A kind of fault. */
export type FaultKind = keyof FaultSchemas;

/** A fault as it is asked for. */
export type Fault = { readonly [Kind in FaultKind]: Static<FaultSchemas[Kind]> }[FaultKind];

/** A fault of one of these kinds. */
export type FaultOf<Kind extends FaultKind> = Extract<Fault, { readonly fault: Kind }>;
