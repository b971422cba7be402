/** The lock-step feed, which waits for its listener. */

import { describe, expect, it } from 'vitest';
import { LockStepFeed } from './lock-step-feed.ts';
import type { FeedClock } from './price-feed.ts';
import { Listener, batchesOf, bids } from './testing/listener.ts';

const HOUR_MS = 3_600_000;
const WEDNESDAY = Date.UTC(2026, 0, 7, 15);

describe('The lock-step feed', () => {
  const times = [0, 5, 5, HOUR_MS].map((ms) => WEDNESDAY + ms);
  const lockStep = (at: readonly number[], clock: FeedClock): LockStepFeed =>
    new LockStepFeed({ instrument: 'EUR_USD', batches: batchesOf(at) }, clock);
  const REAL_TURNS: FeedClock = {
    now: () => 0,
    schedule: (task) => {
      const immediate = setImmediate(task);
      return () => clearImmediate(immediate);
    },
  };
  const ended = async (listener: Listener): Promise<void> => {
    while (!listener.isEnded) await new Promise((resolve) => setImmediate(resolve));
  };

  it('shows each moment that someone waits for at its time, before the quote at or after it', async () => {
    const listener = new Listener();
    listener.dueAts = [0, 1, 5, HOUR_MS - 1, HOUR_MS + 1].map((ms) => WEDNESDAY + ms);

    lockStep(times, REAL_TURNS).start(listener);
    await ended(listener);

    const early = 'clock 0, clock 0, quote 1, clock 1, clock 5, clock 5, quote 2, clock 5, quote 3';
    const late = `clock ${HOUR_MS - 1}, clock ${HOUR_MS}, quote 4, end`;
    const relative = listener.received.map((entry) =>
      entry.replace(/clock (\d+)/, (_, at: string) => `clock ${Number(at) - WEDNESDAY}`),
    );
    expect(relative.join(', ')).toBe(`${early}, ${late}`);
  });

  it('does not wait for a listener that does not act at its time', async () => {
    const listener = new Listener();
    listener.nextClockAt = () => WEDNESDAY + 1;

    lockStep(times, REAL_TURNS).start(listener);
    await ended(listener);

    expect(bids(listener)).toEqual([1, 2, 3, 4]);
  });

  it('shows the time, then the quote, one after the other, as fast as it can', async () => {
    const listener = new Listener();
    const feed = lockStep(times, REAL_TURNS);
    expect(feed.isLockStep).toBe(true);

    feed.start(listener);
    expect(listener.received).toEqual([]);
    await ended(listener);

    const expected = times.flatMap((at, index) => [`clock ${at}`, `quote ${index + 1}`]);
    expect(listener.received).toEqual([...expected, 'end']);
    expect(feed.marketTime()).toBe(times[3]);
  });

  it('waits after the time and after the quote until all they caused is done', async () => {
    const listener = new Listener();
    const waits: (() => void)[] = [];
    listener.settle = () => new Promise((resolve) => waits.push(resolve));
    lockStep(times.slice(0, 2), REAL_TURNS).start(listener);

    const heardAfterWaits: number[] = [];
    for (let wait = 0; wait < 4; wait += 1) {
      while (waits.length <= wait) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      heardAfterWaits.push(listener.received.length);
      waits[wait]?.();
    }
    await ended(listener);

    expect(heardAfterWaits).toEqual([1, 2, 3, 4]);
  });

  it('lets the event loop turn every few thousand quotes', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => WEDNESDAY + index);
    const listener = new Listener();
    let turns = 0;
    const counting: FeedClock = {
      ...REAL_TURNS,
      schedule: (task, delayMs) => {
        turns += 1;
        return REAL_TURNS.schedule(task, delayMs);
      },
    };

    lockStep(many, counting).start(listener);
    await ended(listener);

    expect(listener.quotes).toHaveLength(10_000);
    expect(turns).toBe(6);
  });

  it('resumes after the last quote that was processed', async () => {
    const listener = new Listener();

    lockStep(times, REAL_TURNS).start(listener, times[1]);
    await ended(listener);

    expect(bids(listener)).toEqual([4]);
  });

  it('is stopped while it waits for something that never settles', async () => {
    const listener = new Listener();
    listener.settle = () => new Promise(() => undefined);
    const feed = lockStep(times, REAL_TURNS);
    feed.start(listener);
    while (listener.received.length === 0) await new Promise((resolve) => setImmediate(resolve));

    await feed.stop();

    expect(listener.received).toEqual([`clock ${times[0]}`]);
  });
});
