/** What every feed does, on a clock that the tests advance. */

import { describe, expect, it } from 'vitest';
import { InvariantError } from '../../core/shared/assert.ts';
import { LockStepFeed } from './lock-step-feed.ts';
import type { FeedClock, PriceFeed } from './price-feed.ts';
import { ReplayFeed } from './replay-feed.ts';
import { SyntheticFeed } from './synthetic-feed.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { Listener, batchesOf } from './testing/listener.ts';

const SECOND_MS = 1_000;
const WEDNESDAY = Date.UTC(2026, 0, 7, 15);

describe('Every feed', () => {
  const feeds: readonly { readonly name: string; readonly open: (clock: FeedClock) => PriceFeed }[] = [
    {
      name: 'synthetic',
      open: (clock) => new SyntheticFeed({ type: 'synthetic', seed: 1, speed: 1, intervalMs: 250 }, clock),
    },
    {
      name: 'replay',
      open: (clock) =>
        new ReplayFeed(
          { instrument: 'EUR_USD', batches: batchesOf([WEDNESDAY, WEDNESDAY + 1]), speed: 1 },
          clock,
        ),
    },
    {
      name: 'lock-step',
      open: (clock) =>
        new LockStepFeed({ instrument: 'EUR_USD', batches: batchesOf([WEDNESDAY, WEDNESDAY + 1]) }, clock),
    },
  ];

  it.each(feeds)('is quiet once it is stopped: $name', async ({ open }) => {
    const clock = new ManualClock(WEDNESDAY);
    const listener = new Listener();
    const feed = open(clock);
    feed.start(listener);

    await feed.stop();
    await feed.stop();
    clock.advance(10 * SECOND_MS);

    expect(listener.received).toEqual([]);
  });

  it.each(feeds)('delivers nothing more when its listener stops it: $name', async ({ open }) => {
    const clock = new ManualClock(WEDNESDAY);
    const feed = open(clock);
    const listener = new Listener();
    let stopping: Promise<void> | undefined;
    listener.onClock = () => {
      listener.received.push('clock');
      stopping = feed.stop();
    };
    feed.start(listener);
    clock.advance(10 * SECOND_MS);
    await new Promise((resolve) => setImmediate(resolve));
    await stopping;

    expect(listener.received.at(-1)).toBe('clock');
    expect(listener.received.filter((received) => received === 'clock')).toHaveLength(1);
  });

  it.each(feeds)('may be stopped before it was started: $name', async ({ open }) => {
    await expect(open(new ManualClock(WEDNESDAY)).stop()).resolves.toBeUndefined();
  });

  it.each(feeds)('is started once only: $name', ({ open }) => {
    const feed = open(new ManualClock(WEDNESDAY));
    feed.start(new Listener());

    expect(() => feed.start(new Listener())).toThrow(InvariantError);
  });
});
