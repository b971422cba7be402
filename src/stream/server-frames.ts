/** What the server sends over the WebSocket: the schema of every frame. */

import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import { STRATEGY_STATUSES } from '../core/domain/strategy-lifecycle.ts';
import { AccountView } from '../trading/accounts/account-view.ts';
import { JournalEntryView } from '../journal/journal-entry-view.ts';
import { OrderView } from '../trading/orders/order-view.ts';
import { PositionView } from '../trading/positions/position-view.ts';
import { QuoteView } from '../prices/quote-view.ts';
import { TradeView } from '../trading/trades/trade-view.ts';
import { Id, Instant, orNull } from '../http/values.ts';
import { CHANNELS } from './protocol.ts';
import type { Channel } from './protocol.ts';

const Sequence = Type.Integer({
  description: 'The number of the (last) journal entry that this comes from.',
});

function data<Name extends Channel, Data extends TSchema, Extra extends Record<string, TSchema>>(
  channel: Name,
  schema: Data,
  extra: Extra,
) {
  return Type.Object(
    { type: Type.Literal('data'), channel: Type.Literal(channel), ...extra, data: schema },
    { additionalProperties: false },
  );
}

function answer<Name extends 'subscribed' | 'unsubscribed'>(type: Name) {
  return Type.Object(
    { type: Type.Literal(type), channel: Type.Enum(CHANNELS), accountId: Type.Optional(Id) },
    { additionalProperties: false },
  );
}

/** Sent once, when it is known who is there. */
const AuthenticatedFrame = Type.Object(
  { type: Type.Literal('authenticated'), userId: Id },
  { additionalProperties: false },
);

/** Something was refused. `code` is a problem's name; the socket stays open unless a close follows. */
const ErrorFrame = Type.Object(
  {
    type: Type.Literal('error'),
    code: Type.String(),
    detail: Type.String(),
    channel: Type.Optional(Type.Enum(CHANNELS)),
    accountId: Type.Optional(Id),
  },
  { additionalProperties: false },
);

const QuotesFrame = data('quotes', Type.Object({ accountId: Id, quotes: Type.Array(QuoteView) }), {});

/** `snapshot` comes first and holds what is open; `changes` hold the newest state of rows that changed. */
const AccountFrame = data(
  'account',
  Type.Object({
    kind: Type.Enum(['snapshot', 'changes']),
    account: AccountView,
    orders: Type.Array(OrderView),
    positions: Type.Array(PositionView),
    trades: Type.Array(TradeView),
  }),
  { sequence: Type.Optional(Sequence) },
);

const StrategiesFrame = data(
  'strategies',
  Type.Object({
    strategyId: Id,
    accountId: orNull(Id),
    status: Type.Enum(STRATEGY_STATUSES),
    previousStatus: orNull(Type.String()),
    description: Type.String(),
    occurredAt: Instant,
  }),
  { sequence: Sequence },
);

const BacktestsFrame = data(
  'backtests',
  Type.Object({ backtestId: Id, status: Type.String(), progress: Type.Number({ minimum: 0, maximum: 1 }) }),
  {},
);

const EventsFrame = data('events', JournalEntryView, { sequence: Sequence });

/** Every frame that the server may send. */
export const SERVER_FRAMES = [
  AuthenticatedFrame,
  answer('subscribed'),
  answer('unsubscribed'),
  ErrorFrame,
  QuotesFrame,
  AccountFrame,
  StrategiesFrame,
  BacktestsFrame,
  EventsFrame,
] as const;

export type ServerFrame = Static<(typeof SERVER_FRAMES)[number]>;
