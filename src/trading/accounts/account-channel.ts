/** The channel `account`: everything that is open on one account, and then the newest state of whatever changes. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { namedObject } from '../../http/schemas.ts';
import { EXAMPLE_ID, Id } from '../../http/values.ts';
import { channelFrames, Sequence } from '../../stream/channel.ts';
import { Pump } from '../../stream/pump.ts';
import { OrderView } from '../orders/order-view.ts';
import { PositionView } from '../positions/position-view.ts';
import { TradeView } from '../trades/trade-view.ts';
import { ChangedRows } from '../trading-views.ts';
import { AccountValuesView, streamValues } from './account-values.ts';
import { AccountView } from './account-view.ts';
import type { AccountValuesSource } from './account-values.ts';
import type { Tracing } from '../../process/tracing.ts';
import type { Journal, StoredJournalEntry } from '../../journal/journal.ts';
import type { AccountRows, TradingViews } from '../trading-views.ts';
import type { Channel, ChannelContext, Subscription } from '../../stream/channel.ts';

const RowsView = namedObject('AccountRows', {
  kind: Type.Enum(['snapshot', 'changes']),
  account: AccountView,
  orders: Type.Array(OrderView),
  positions: Type.Array(PositionView),
  trades: Type.Array(TradeView),
});

/**
 * `snapshot` comes first and holds what is open; `changes` hold the newest state of rows that changed, `values` what the account and its
 * open positions are worth.
 */
export const AccountFrames = channelFrames({
  name: 'account',
  description: 'An account: what is open, and then what changes.',
  parameters: { accountId: Id },
  example: { accountId: EXAMPLE_ID },
  data: Type.Union([RowsView, AccountValuesView]),
  extra: { sequence: Type.Optional(Sequence) },
});

type AccountRequest = Static<typeof AccountFrames.subscribe>;
type AccountFrame = Static<typeof AccountFrames.data>;

/** Rows that may change while a client is behind. They conflate by row, so this many is a client that does not read. */
const MOST_CHANGED_ROWS = 10_000;

/** What the channel reads from. */
export interface AccountChannelSources extends AccountValuesSource {
  readonly journal: Journal;
  readonly views: TradingViews;
  readonly tracing: Tracing;
}

export function accountChannel(sources: AccountChannelSources): Channel {
  return {
    frames: AccountFrames,
    authorize: (userId, { accountId }: AccountRequest) => sources.views.assertOwned(userId, accountId),
    open: ({ accountId }: AccountRequest, context) => open(sources, accountId, context),
  };
}

function open(sources: AccountChannelSources, accountId: string, context: ChannelContext): Subscription {
  let kind: 'snapshot' | 'changes' = 'snapshot';
  let changed = new ChangedRows();
  let sequence: number | undefined;
  let isEnded = false;
  let endValues: (() => void) | undefined;

  const sendNext = async (): Promise<void> => {
    const named = changed;
    changed = new ChangedRows();
    const rows =
      kind === 'snapshot'
        ? await sources.views.openRowsOf(accountId)
        : await sources.views.changedRowsOf(accountId, named);
    if (rows && !isEnded) send(rows);
    kind = 'changes';
    // Values are of what the snapshot shows, so they come after it.
    if (!isEnded) endValues ??= streamValues(sources, accountId, context);
  };

  const send = ({ account, orders, positions, trades }: AccountRows): void => {
    const frame = {
      type: 'data',
      channel: 'account',
      ...(sequence !== undefined && { sequence }),
      data: { kind, account, orders: [...orders], positions: [...positions], trades: [...trades] },
    } satisfies AccountFrame;
    const orderIds = orders.map(({ id }) => id);
    sources.tracing.laterSpan(orderIds, 'send frame', () => context.outbox.send(frame));
  };

  const pump = new Pump(context.outbox, sendNext, context.onFailure);

  const hear = (entries: readonly StoredJournalEntry[]): void => {
    const own = entries.filter((entry) => entry.accountId === accountId);
    for (const entry of own) changed.add(entry);
    sequence = own.at(-1)?.sequence ?? sequence;
    if (own.length > 0) pump.request();
    if (changed.size > MOST_CHANGED_ROWS) context.onTooSlow('changes of the account were not read');
  };

  // Subscribed before the first rows are read: a change is in them, or comes after them.
  const leave = sources.journal.subscribe(hear);
  pump.request();
  return {
    end: () => {
      isEnded = true;
      endValues?.();
      leave();
    },
  };
}
