/** The channel `strategies`: every change of status of a person's strategies. */

import { STRATEGY_STATUSES } from '../../core/domain/strategy-lifecycle.ts';
import { instantText } from '../../http/values.ts';
import type { StrategyStatus } from '../../core/domain/strategy-lifecycle.ts';
import type { Journal, StoredJournalEntry } from '../../journal/journal.ts';
import type { ServerFrame } from '../../stream/server-frames.ts';
import type { ChannelContext, Subscription } from '../../stream/channel.ts';

/** Starts to tell what becomes of a person's strategies from now on. */
export function openStrategiesChannel(journal: Journal, { userId, outbox }: ChannelContext): Subscription {
  const end = journal.subscribe((entries) => {
    for (const entry of entries) {
      const frame = entry.userId === userId ? statusFrame(entry) : undefined;
      if (frame) outbox.send(frame);
    }
  });
  return { end };
}

function statusFrame(entry: StoredJournalEntry): ServerFrame | undefined {
  const { strategyId, details } = entry;
  const status = STRATEGY_STATUSES.find((name) => entry.type === `strategy-${name}`);
  if (!status || strategyId === undefined) return undefined;
  return {
    type: 'data',
    channel: 'strategies',
    sequence: entry.sequence,
    data: {
      strategyId,
      accountId: entry.accountId ?? null,
      status,
      previousStatus: previousStatus(details?.['from']),
      description: entry.description,
      occurredAt: instantText(entry.occurredAt),
    },
  };
}

function previousStatus(from: unknown): StrategyStatus | null {
  return STRATEGY_STATUSES.find((name) => name === from) ?? null;
}
