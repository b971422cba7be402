/** The channel `backtests`: the progress of a user's backtests. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Id } from '../http/values.ts';
import { channelFrames } from '../stream/channel.ts';
import { Pump } from '../stream/pump.ts';
import type { Channel, ChannelContext, Subscription } from '../stream/channel.ts';

export const BacktestsFrames = channelFrames({
  name: 'backtests',
  description: 'Progress of my backtests.',
  parameters: {},
  example: {},
  data: Type.Object({
    backtestId: Id,
    status: Type.String(),
    progress: Type.Number({ minimum: 0, maximum: 1 }),
  }),
  extra: {},
});

type ProgressFrame = Static<typeof BacktestsFrames.data>;

/** The progress of one backtest, between 0 and 1. */
export interface BacktestProgress {
  readonly backtestId: string;
  readonly userId: string;
  readonly status: string;
  readonly progress: number;
}

/** What reports progress. */
export interface BacktestProgressSource {
  onBacktestProgress(listener: (progress: BacktestProgress) => void): () => void;
}

/** Returns the channel. A client that is behind receives only the newest progress of each backtest. */
export function backtestsChannel(source: BacktestProgressSource): Channel {
  return { frames: BacktestsFrames, open: (_frame, context) => open(source, context) };
}

function open(source: BacktestProgressSource, { userId, outbox, onFailure }: ChannelContext): Subscription {
  const newestById = new Map<string, BacktestProgress>();
  const send = (): void => {
    const newest = [...newestById.values()];
    newestById.clear();
    for (const { backtestId, status, progress } of newest) {
      outbox.send({
        type: 'data',
        channel: 'backtests',
        data: { backtestId, status, progress },
      } satisfies ProgressFrame);
    }
  };
  const pump = new Pump(outbox, send, onFailure);
  const end = source.onBacktestProgress((progress) => {
    if (progress.userId !== userId) return;
    newestById.set(progress.backtestId, progress);
    pump.request();
  });
  return { end };
}
