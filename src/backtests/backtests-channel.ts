/** The channel `backtests`: how far a person's backtests have come. */

import { Pump } from '../stream/pump.ts';
import type { ChannelContext, Subscription } from '../stream/channel.ts';

/** How far one backtest has come; `progress` is between 0 and 1. */
export interface BacktestProgress {
  readonly backtestId: string;
  readonly userId: string;
  readonly status: string;
  readonly progress: number;
}

/** Where progress is heard of. */
export interface BacktestProgressSource {
  subscribe(listener: (progress: BacktestProgress) => void): () => void;
}

/** Starts to tell the progress of a person's backtests; for a client that is behind, only the newest of each. */
export function openBacktestsChannel(
  source: BacktestProgressSource,
  { userId, outbox, onFailure }: ChannelContext,
): Subscription {
  const newestById = new Map<string, BacktestProgress>();
  const pump = new Pump(
    outbox,
    () => {
      const newest = [...newestById.values()];
      newestById.clear();
      for (const { backtestId, status, progress } of newest) {
        outbox.send({ type: 'data', channel: 'backtests', data: { backtestId, status, progress } });
      }
    },
    onFailure,
  );
  const end = source.subscribe((progress) => {
    if (progress.userId !== userId) return;
    newestById.set(progress.backtestId, progress);
    pump.request();
  });
  return { end };
}
