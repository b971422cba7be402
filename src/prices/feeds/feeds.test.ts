/** The feeds, on a clock that the tests advance. */

import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import type { Quote } from '../../core/domain/quote.ts';
import { InvariantError } from '../../core/shared/assert.ts';
import type { SyntheticFeedSpec } from './feed-spec.ts';
import { LockStepFeed } from './lock-step-feed.ts';
import type { QuoteColumns } from '../series/price-columns.ts';
import type { FeedClock, FeedListener, PriceFeed } from './price-feed.ts';
import { ReplayFeed } from './replay-feed.ts';
import { SyntheticFeed } from './synthetic-feed.ts';
import { syntheticQuote } from './synthetic-market.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const WEDNESDAY = Date.UTC(2026, 0, 7, 15);
const FRIDAY_CLOSE = Date.UTC(2026, 0, 9, 22);
const SUNDAY_OPENING = Date.UTC(2026, 0, 11, 22);

/** A wall clock and timers that move only when a test advances them. */
class ManualClock implements FeedClock {
  #now: number;
  #tasks: { readonly dueAt: number; readonly task: () => void }[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  schedule(task: () => void, delayMs: number): () => void {
    const entry = { dueAt: this.#now + delayMs, task };
    this.#tasks.push(entry);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== entry);
    };
  }

  get waiting(): number {
    return this.#tasks.length;
  }

  /** Runs everything that falls due within `durationMs`, in order, and stands at its end. */
  advance(durationMs: number): void {
    const until = this.#now + durationMs;
    for (let next = this.#nextDue(until); next !== undefined; next = this.#nextDue(until)) {
      this.#now = next.dueAt;
      this.#tasks.splice(this.#tasks.indexOf(next), 1);
      next.task();
    }
    this.#now = until;
  }

  /** The wall clock is set, backwards perhaps; timers keep their distance. */
  set(now: number): void {
    const shift = now - this.#now;
    this.#tasks = this.#tasks.map(({ dueAt, task }) => ({ dueAt: dueAt + shift, task }));
    this.#now = now;
  }

  #nextDue(until: number): { readonly dueAt: number; readonly task: () => void } | undefined {
    const due = this.#tasks.filter(({ dueAt }) => dueAt <= until);
    return due.toSorted((a, b) => a.dueAt - b.dueAt)[0];
  }
}

/** Records what it receives. `settle` says what it has to wait for. */
class Listener implements FeedListener {
  readonly received: string[] = [];
  readonly quotes: Quote[] = [];
  readonly clocks: number[] = [];
  readonly aliveAts: number[] = [];
  isEnded = false;
  settle: () => Promise<void> | undefined = () => undefined;
  /** The moments that it waits for, in order. */
  dueAts: readonly number[] = [];

  onQuote(quote: Quote): void {
    this.quotes.push(quote);
    this.received.push(`quote ${quote.bid}`);
  }

  onClock(at: number, pricesAliveAt: number): void {
    this.clocks.push(at);
    this.dueAts = this.dueAts.filter((dueAt) => dueAt > at);
    this.aliveAts.push(pricesAliveAt);
    this.received.push(`clock ${at}`);
  }

  nextClockAt(): number {
    return this.dueAts[0] ?? Infinity;
  }

  settled(): Promise<void> | undefined {
    return this.settle();
  }

  onEnd(): void {
    this.isEnded = true;
    this.received.push('end');
  }
}

/** Quotes at these times; their bids are 1, 2, 3, … */
function batchesOf(times: readonly number[], rowsPerBatch = 2): readonly QuoteColumns[] {
  const batches: QuoteColumns[] = [];
  for (let start = 0; start < times.length; start += rowsPerBatch) {
    const slice = times.slice(start, start + rowsPerBatch);
    const bid = Int32Array.from(slice, (_, row) => start + row + 1);
    batches.push({
      kind: 'quotes',
      times: Float64Array.from(slice),
      bid,
      ask: bid.map((points) => points + 1),
    });
  }
  return batches;
}

const bids = ({ quotes }: Listener): readonly number[] => quotes.map(({ bid }) => bid);

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

describe('The replay feed', () => {
  const replay = (times: readonly number[], speed: number, clock: FeedClock): ReplayFeed =>
    new ReplayFeed({ instrument: 'EUR_USD', batches: batchesOf(times), speed }, clock);

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
    const clock = new ManualClock(0);
    const listener = new Listener();
    replay([WEDNESDAY, WEDNESDAY + HOUR_MS], 1, clock).start(listener);

    clock.advance(10 * SECOND_MS);

    const gaps = listener.clocks.slice(1).map((at, index) => at - (listener.clocks[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(SECOND_MS);
  });

  it('runs so many times faster, and leaves out the weekend', () => {
    const times = [FRIDAY_CLOSE - 60_000, FRIDAY_CLOSE - 30_000, SUNDAY_OPENING + 60_000];
    const clock = new ManualClock(0);
    const listener = new Listener();
    replay(times, 60, clock).start(listener);

    clock.advance(1000);
    expect(bids(listener)).toEqual([1, 2]);
    clock.advance(1200);

    expect(bids(listener)).toEqual([1, 2, 3]);
    expect(listener.clocks.filter((at) => at >= FRIDAY_CLOSE + 3_000 && at < SUNDAY_OPENING)).toEqual([]);
  });

  it('delivers quotes that came while the market was closed in their order too', () => {
    const times = [FRIDAY_CLOSE - 1000, FRIDAY_CLOSE + 10 * HOUR_MS, SUNDAY_OPENING + 1000];
    const clock = new ManualClock(0);
    const listener = new Listener();

    replay(times, 100, clock).start(listener);
    clock.advance(200);

    expect(bids(listener)).toEqual([1, 2, 3]);
  });

  it('waits through the weekend at its own pace when it runs no faster', () => {
    const clock = new ManualClock(0);
    const listener = new Listener();
    replay([FRIDAY_CLOSE - 1000, SUNDAY_OPENING], 1, clock).start(listener);

    clock.advance(60 * SECOND_MS);

    expect(bids(listener)).toEqual([1]);
  });

  it('ends after the last quote and is quiet from then on', () => {
    const clock = new ManualClock(0);
    const listener = new Listener();
    replay([WEDNESDAY, WEDNESDAY + 100], 1, clock).start(listener);

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
    const clock = new ManualClock(0);
    const listener = new Listener();
    const times = [0, 100, 100, 200].map((ms) => WEDNESDAY + ms);
    replay(times, 1, clock).start(listener, WEDNESDAY + 100);

    clock.advance(SECOND_MS);

    expect(bids(listener)).toEqual([4]);
    expect(listener.clocks[0]).toBe(WEDNESDAY + 100);
  });

  it('ends at once when it resumes after the end', () => {
    const clock = new ManualClock(0);
    const listener = new Listener();
    replay([WEDNESDAY], 1, clock).start(listener, WEDNESDAY + HOUR_MS);

    clock.advance(0);

    expect(listener.received).toEqual(['end']);
  });
});

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
