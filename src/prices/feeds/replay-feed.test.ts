/** The replay feed, on a clock that the tests advance. */

import { describe, expect, it } from 'vitest';
import type { FeedClock } from './price-feed.ts';
import { ReplayFeed } from './replay-feed.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { Listener, batchesOf, bids } from './testing/listener.ts';
import { FRIDAY_CLOSE, HOUR_MS, SECOND_MS, SUNDAY_OPENING, WEDNESDAY } from './testing/market-times.ts';

describe('The replay feed', () => {
  const replay = (times: readonly number[], speed: number, clock: FeedClock): ReplayFeed =>
    new ReplayFeed({ instrument: 'EUR_USD', batches: batchesOf(times), speed }, clock);

  /** A feed of quotes at these times that runs so many times as fast as the clock, from its start or from `resumeAt` on. */
  const started = (times: readonly number[], speed: number, resumeAt?: number) => {
    const clock = new ManualClock(0);
    const listener = new Listener();
    replay(times, speed, clock).start(listener, resumeAt);
    return { clock, listener };
  };

  it('delivers each quote when its time has come', () => {
    const times = [0, 400, 400, 900, 2000].map((ms) => WEDNESDAY + ms);
    const clock = new ManualClock(0);
    const feed = replay(times, 1, clock);
    const listener = new Listener();
    expect(feed.marketTime()).toBe(WEDNESDAY);

    feed.start(listener);
    const receivedAt = [0, 399, 51, 600, 900].map((ms) => {
      clock.advance(ms);
      return bids(listener).length;
    });

    expect(receivedAt).toEqual([1, 1, 3, 4, 4]);
    expect(listener.quotes[2]).toEqual({ instrument: 'EUR_USD', at: WEDNESDAY + 400, bid: 3, ask: 4 });
    expect(listener.aliveAts).toEqual(listener.clocks);
    expect(listener.clocks).toEqual(listener.clocks.toSorted((a, b) => a - b));
    expect(listener.clocks.at(-1)).toBe(WEDNESDAY + 1950);
    expect(feed.marketTime()).toBe(WEDNESDAY + 1950);
    expect(feed.instruments).toEqual(['EUR_USD']);
  });

  it('shows the time at least once a second while no quote comes', () => {
    const { clock, listener } = started([WEDNESDAY, WEDNESDAY + HOUR_MS], 1);

    clock.advance(10 * SECOND_MS);

    const gaps = listener.clocks.slice(1).map((at, index) => at - (listener.clocks[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(SECOND_MS);
  });

  it('runs so many times faster, and leaves out the weekend', () => {
    const times = [FRIDAY_CLOSE - 60_000, FRIDAY_CLOSE - 30_000, SUNDAY_OPENING + 60_000];
    const { clock, listener } = started(times, 60);

    clock.advance(1000);
    expect(bids(listener)).toEqual([1, 2]);
    clock.advance(1200);

    expect(bids(listener)).toEqual([1, 2, 3]);
    expect(listener.clocks.filter((at) => at >= FRIDAY_CLOSE + 3_000 && at < SUNDAY_OPENING)).toEqual([]);
  });

  it('delivers quotes that came while the market was closed in their order too', () => {
    const times = [FRIDAY_CLOSE - 1000, FRIDAY_CLOSE + 10 * HOUR_MS, SUNDAY_OPENING + 1000];
    const { clock, listener } = started(times, 100);
    clock.advance(200);

    expect(bids(listener)).toEqual([1, 2, 3]);
  });

  it('waits through the weekend at its own pace when it runs no faster', () => {
    const { clock, listener } = started([FRIDAY_CLOSE - 1000, SUNDAY_OPENING], 1);

    clock.advance(60 * SECOND_MS);

    expect(bids(listener)).toEqual([1]);
  });

  it('ends after the last quote and is quiet from then on', () => {
    const { clock, listener } = started([WEDNESDAY, WEDNESDAY + 100], 1);

    clock.advance(SECOND_MS);
    const received = listener.received.length;
    clock.advance(HOUR_MS);

    expect(listener.received.at(-1)).toBe('end');
    expect(listener.received).toHaveLength(received);
    expect(clock.waiting).toBe(0);
  });

  it('lets other work in when it is behind, and loses nothing', () => {
    const times = Array.from({ length: 12_000 }, (_, index) => WEDNESDAY + index);
    const clock = new ManualClock(0);
    const listener = new Listener();
    let longestTurn = 0;
    const counting: FeedClock = {
      now: () => clock.now(),
      schedule: (task, delayMs) =>
        clock.schedule(() => {
          const before = listener.quotes.length;
          task();
          longestTurn = Math.max(longestTurn, listener.quotes.length - before);
        }, delayMs),
    };
    replay(times, 100_000, counting).start(listener);

    clock.advance(SECOND_MS);

    expect(longestTurn).toBe(5_000);
    expect(bids(listener)).toEqual(times.map((_, index) => index + 1));
    expect(listener.isEnded).toBe(true);
  });

  it('resumes after the last quote that was processed', () => {
    const times = [0, 100, 100, 200].map((ms) => WEDNESDAY + ms);
    const { clock, listener } = started(times, 1, WEDNESDAY + 100);

    clock.advance(SECOND_MS);

    expect(bids(listener)).toEqual([4]);
    expect(listener.clocks[0]).toBe(WEDNESDAY + 100);
  });

  it('ends at once when it resumes after the end', () => {
    const { clock, listener } = started([WEDNESDAY], 1, WEDNESDAY + HOUR_MS);

    clock.advance(0);

    expect(listener.received).toEqual(['end']);
  });
});
