/** Makes the feed that PAPER_FEED asks for. */

import { unreachable } from '../../core/shared/assert.ts';
import type { FeedSpec } from './feed-spec.ts';
import { LockStepFeed } from './lock-step-feed.ts';
import type { FeedClock, PriceFeed } from './price-feed.ts';
import { ReplayFeed } from './replay-feed.ts';
import { loadReplay } from './replay-file.ts';
import { SyntheticFeed } from './synthetic-feed.ts';

/** Returns the feed, not yet started. A recorded file is read whole, so that a bad one is refused before anything trades. */
export async function openPriceFeed(spec: FeedSpec, clock: FeedClock): Promise<PriceFeed> {
  switch (spec.type) {
    case 'synthetic':
      return new SyntheticFeed(spec, clock);
    case 'replay': {
      const { instrument, speed } = spec;
      const batches = await loadReplay(spec);
      if (speed === 'max') return new LockStepFeed({ instrument, batches }, clock);
      return new ReplayFeed({ instrument, batches, speed }, clock);
    }
    default:
      return unreachable(spec);
  }
}
