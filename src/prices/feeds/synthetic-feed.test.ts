/** The synthetic feed, on a clock that the tests advance. */

import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import type { SyntheticFeedSpec } from './feed-spec.ts';
import { SyntheticFeed } from './synthetic-feed.ts';
import { syntheticQuote } from './synthetic-market.ts';
import { ManualClock } from './testing/manual-clock.ts';
import { Listener } from './testing/listener.ts';
import {
  FRIDAY_CLOSE,
  HOUR_MS,
  MINUTE_MS,
  SECOND_MS,
  SUNDAY_OPENING,
  WEDNESDAY,
} from './testing/market-times.ts';

describe('The synthetic feed', () => {
  const spec: SyntheticFeedSpec = { type: 'synthetic', seed: 5, speed: 1, intervalMs: 250 };

  it('delivers a quote of every instrument each step, at the time of the wall clock', () => {
    const clock = new ManualClock(WEDNESDAY);
    const feed = new SyntheticFeed(spec, clock);
    const listener = new Listener();

    feed.start(listener);
    expect(listener.received).toEqual([]);
    clock.advance(500);

    expect(listener.clocks).toEqual([WEDNESDAY, WEDNESDAY + 250, WEDNESDAY + 500]);
    expect(listener.aliveAts).toEqual(listener.clocks);
    expect(listener.quotes).toHaveLength(3 * PAPER_INSTRUMENTS.list.length);
    expect(listener.quotes[PAPER_INSTRUMENTS.list.length]).toEqual(
      syntheticQuote(PAPER_INSTRUMENTS.named('EUR_GBP'), WEDNESDAY + 250, 5),
    );
    expect(feed.marketTime()).toBe(WEDNESDAY + 500);
    expect(feed.instruments).toEqual(PAPER_INSTRUMENTS.list.map(({ name }) => name));
    expect(feed.isLockStep).toBe(false);
  });

  it('runs faster than the wall clock from a start of its own', () => {
    const clock = new ManualClock(SUNDAY_OPENING);
    const feed = new SyntheticFeed({ ...spec, speed: 60, startAt: WEDNESDAY, intervalMs: 1000 }, clock);
    const listener = new Listener();
    expect(feed.marketTime()).toBe(WEDNESDAY);

    feed.start(listener);
    clock.advance(2 * SECOND_MS);

    expect(listener.clocks).toEqual([0, 60, 120].map((seconds) => WEDNESDAY + seconds * SECOND_MS));
    expect(feed.marketTime()).toBe(WEDNESDAY + 120 * SECOND_MS);
  });

  it.each([
    { name: 'later than its start', resumeAt: WEDNESDAY + HOUR_MS, startsAt: WEDNESDAY + HOUR_MS },
    { name: 'earlier than its start', resumeAt: WEDNESDAY - HOUR_MS, startsAt: WEDNESDAY },
  ])('resumes where it was when that is $name', ({ resumeAt, startsAt }) => {
    const clock = new ManualClock(WEDNESDAY - 24 * HOUR_MS);
    const listener = new Listener();

    new SyntheticFeed({ ...spec, startAt: WEDNESDAY }, clock).start(listener, resumeAt);
    clock.advance(250);

    expect(listener.clocks).toEqual([startsAt, startsAt + 250]);
  });

  it('shows the time but no quotes while the market is closed, at the pace of the wall clock', () => {
    const pauseAt = FRIDAY_CLOSE - 2 * MINUTE_MS;
    const clock = new ManualClock(pauseAt - SECOND_MS);
    const listener = new Listener();

    new SyntheticFeed(spec, clock).start(listener);
    clock.advance(3 * SECOND_MS);

    expect(listener.clocks).toHaveLength(13);
    expect(Math.max(...listener.quotes.map(({ at }) => at))).toBe(pauseAt - 250);
  });

  it('opens on Sunday at 17:03 New York, gold an hour later', () => {
    const forexAt = SUNDAY_OPENING + 3 * MINUTE_MS;
    const clock = new ManualClock(forexAt - MINUTE_MS);
    const listener = new Listener();

    new SyntheticFeed({ ...spec, intervalMs: MINUTE_MS }, clock).start(listener);
    clock.advance(HOUR_MS + MINUTE_MS);

    const firstOf = (name: string) => listener.quotes.find(({ instrument }) => instrument === name)?.at;
    expect([firstOf('EUR_USD'), firstOf('XAU_USD')]).toEqual([forexAt, forexAt + HOUR_MS]);
  });

  it('jumps over the weekend when it runs faster', () => {
    const clock = new ManualClock(WEDNESDAY);
    const listener = new Listener();

    new SyntheticFeed(
      { ...spec, speed: 10, startAt: FRIDAY_CLOSE - 5 * SECOND_MS, intervalMs: 250 },
      clock,
    ).start(listener);
    clock.advance(SECOND_MS);

    expect(listener.clocks).toEqual([
      FRIDAY_CLOSE - 5_000,
      FRIDAY_CLOSE - 2_500,
      SUNDAY_OPENING,
      SUNDAY_OPENING + 2_500,
      SUNDAY_OPENING + 5_000,
    ]);
  });

  it('never goes back in time when the wall clock is set back', () => {
    const clock = new ManualClock(WEDNESDAY);
    const listener = new Listener();
    new SyntheticFeed(spec, clock).start(listener);
    clock.advance(SECOND_MS);

    clock.set(WEDNESDAY - HOUR_MS);
    clock.advance(SECOND_MS);

    expect(listener.clocks).toEqual(listener.clocks.toSorted((a, b) => a - b));
    expect(listener.clocks.at(-1)).toBeGreaterThan(WEDNESDAY + SECOND_MS);
  });
});
