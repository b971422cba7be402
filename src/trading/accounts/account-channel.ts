/** The channel `account`: everything that is open on one account, and then the newest state of whatever changes. */

import { ChangedRows } from '../trading-views.ts';
import { Pump } from '../../stream/pump.ts';
import type { Journal, StoredJournalEntry } from '../../journal/journal.ts';
import type { AccountRows, TradingViews } from '../trading-views.ts';
import type { ChannelContext, Subscription } from '../../stream/channel.ts';

/** Rows that may change while a client is behind. They conflate by row, so this many is a client that does not read. */
const MOST_CHANGED_ROWS = 10_000;

/** What the channel reads from. */
export interface AccountChannelSources {
  readonly journal: Journal;
  readonly views: TradingViews;
}

/** Starts to tell about an account, which must be the person's. */
export function openAccountChannel(
  sources: AccountChannelSources,
  accountId: string,
  context: ChannelContext,
): Subscription {
  let kind: 'snapshot' | 'changes' = 'snapshot';
  let changed = new ChangedRows();
  let sequence: number | undefined;
  let isEnded = false;

  const tell = async (): Promise<void> => {
    const told = changed;
    changed = new ChangedRows();
    const rows =
      kind === 'snapshot'
        ? await sources.views.openRowsOf(accountId)
        : await sources.views.changedRowsOf(accountId, told);
    if (rows && !isEnded) send(rows);
    kind = 'changes';
  };

  const send = ({ account, orders, positions, trades }: AccountRows): void => {
    const data = { kind, account, orders: [...orders], positions: [...positions], trades: [...trades] };
    context.outbox.send({
      type: 'data',
      channel: 'account',
      ...(sequence !== undefined && { sequence }),
      data,
    });
  };

  const pump = new Pump(context.outbox, tell, context.onFailure);

  const hear = (entries: readonly StoredJournalEntry[]): void => {
    const own = entries.filter((entry) => entry.accountId === accountId);
    for (const entry of own) changed.add(entry);
    sequence = own.at(-1)?.sequence ?? sequence;
    if (own.length > 0) pump.request();
    if (changed.size > MOST_CHANGED_ROWS) context.onTooSlow('changes of the account were not read');
  };

  // Heard from before the first rows are read: a change is in them, or comes after them.
  const leave = sources.journal.subscribe(hear);
  pump.request();
  return {
    end: () => {
      isEnded = true;
      leave();
    },
  };
}
