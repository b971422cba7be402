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
import { AccountValues, AccountValuesView } from './account-values.ts';
import { AccountView } from './account-view.ts';
import { SharedRowFrames } from './shared-row-frames.ts';
import type { AccountValuesSource } from './account-values.ts';
import type { Tracing } from '../../process/tracing.ts';
import type { Journal, StoredJournalEntry } from '../../journal/journal.ts';
import type { AccountRows, TradingViews } from '../trading-views.ts';
import type { WantedRows } from './shared-row-frames.ts';
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
  const shared = {
    ...sources,
    frames: new SharedRowFrames(sources.views, frameOf),
    values: new AccountValues(sources),
  };
  return {
    frames: AccountFrames,
    authorize: (userId, { accountId }: AccountRequest) => sources.views.assertOwned(userId, accountId),
    open: ({ accountId }: AccountRequest, context) => open(shared, accountId, context),
  };
}

function frameOf(
  { changed, sequence }: WantedRows,
  { account, orders, positions, trades }: AccountRows,
): AccountFrame {
  const kind = changed ? 'changes' : 'snapshot';
  return {
    type: 'data',
    channel: 'account',
    ...(sequence !== undefined && { sequence }),
    data: { kind, account, orders: [...orders], positions: [...positions], trades: [...trades] },
  };
}

/** What all sockets share. */
interface Shared extends AccountChannelSources {
  readonly frames: SharedRowFrames;
  readonly values: AccountValues;
}

function open(sources: Shared, accountId: string, context: ChannelContext): Subscription {
  const { outbox } = context;
  let isSnapshotSent = false;
  let changed = new ChangedRows();
  let sequence: number | undefined;
  let isEnded = false;
  let endValues: (() => void) | undefined;

  const sendNext = async (): Promise<void> => {
    const named = isSnapshotSent ? changed : undefined;
    changed = new ChangedRows();
    const frame = await sources.frames.read({ accountId, changed: named, sequence });
    if (frame && !isEnded)
      sources.tracing.laterSpan(frame.orderIds, 'send frame', () => outbox.sendFrame(frame.bytes));
    isSnapshotSent = true;
    // Values are of what the snapshot shows, so they come after it.
    if (!isEnded) endValues ??= sources.values.stream(accountId, outbox);
  };

  const pump = new Pump(outbox, sendNext, context.onFailure);

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
