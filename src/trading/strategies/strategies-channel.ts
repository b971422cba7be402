/** The channel `strategies`: every change of status of a person's strategies. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { STRATEGY_STATUSES } from '../../core/domain/strategy-lifecycle.ts';
import { Id, Instant, instantText, orNull } from '../../http/values.ts';
import { channelFrames, Sequence } from '../../stream/channel.ts';
import type { StrategyStatus } from '../../core/domain/strategy-lifecycle.ts';
import type { Journal, StoredJournalEntry } from '../../journal/journal.ts';
import type { Channel } from '../../stream/channel.ts';

export const StrategiesFrames = channelFrames({
  name: 'strategies',
  description: 'Changes of status of my strategies.',
  parameters: {},
  example: {},
  data: Type.Object({
    strategyId: Id,
    accountId: orNull(Id),
    status: Type.Enum(STRATEGY_STATUSES),
    previousStatus: orNull(Type.String()),
    description: Type.String(),
    occurredAt: Instant,
  }),
  extra: { sequence: Sequence },
});

type StatusFrame = Static<typeof StrategiesFrames.data>;

/** Returns the channel: what happens to a person's strategies from now on. */
export function strategiesChannel(journal: Journal): Channel {
  return {
    frames: StrategiesFrames,
    open: (_frame, { userId, outbox }) => {
      const end = journal.subscribe((entries) => {
        for (const entry of entries) {
          const frame = entry.userId === userId ? statusFrame(entry) : undefined;
          if (frame) outbox.send(frame);
        }
      });
      return { end };
    },
  };
}

function statusFrame(entry: StoredJournalEntry): StatusFrame | undefined {
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
