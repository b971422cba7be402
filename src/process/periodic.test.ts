import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Periodic } from './periodic.ts';

const WAKE_AFTER_MS = 3;

/** Turns that end when the test says so. */
function turns(restMs = 0) {
  const ends: PromiseWithResolvers<number | void>[] = [];
  const failures: unknown[] = [];
  const periodic = new Periodic({
    everyMs: 1_000,
    wakeAfterMs: WAKE_AFTER_MS,
    restMs,
    work: () => {
      const end = Promise.withResolvers<number | void>();
      ends.push(end);
      return end.promise;
    },
    onFailure: (error) => void failures.push(error),
  });
  const wake = async (): Promise<void> => {
    periodic.wake();
    await vi.advanceTimersByTimeAsync(WAKE_AFTER_MS);
  };
  const end = async (pauseMs?: number): Promise<void> => {
    ends.at(-1)?.resolve(pauseMs);
    await vi.advanceTimersByTimeAsync(0);
  };
  const fail = async (error: unknown): Promise<void> => {
    ends.at(-1)?.reject(error);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { periodic, ends, failures, wake, end, fail };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('periodic work', () => {
  it('begins after the pause, and again a pause after it ended', async () => {
    const { periodic, ends, end } = turns();
    periodic.start();

    await vi.advanceTimersByTimeAsync(999);
    expect(ends).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(ends).toHaveLength(1);
    await end();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(ends).toHaveLength(2);
  });

  it('pauses as long as a turn returned', async () => {
    const { periodic, ends, wake, end } = turns();
    periodic.start();
    await wake();

    await end(20);
    await vi.advanceTimersByTimeAsync(20);

    expect(ends).toHaveLength(2);
  });

  it('rests between turns however soon it is woken, and begins the first one without', async () => {
    const { periodic, ends, wake, end } = turns(10);
    periodic.start();
    await wake();
    expect(ends).toHaveLength(1);
    periodic.wake();
    await end();

    await vi.advanceTimersByTimeAsync(9);
    expect(ends).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toHaveLength(2);

    await end();
    await vi.advanceTimersByTimeAsync(50);
    await wake();
    expect(ends).toHaveLength(3);
  });

  it('is woken out of its pause by several at once, and once more during a turn', async () => {
    const { periodic, ends, wake, end } = turns();
    periodic.start();

    periodic.wake();
    expect(ends).toHaveLength(0);
    await wake();
    expect(ends).toHaveLength(1);
    await wake();
    await wake();
    expect(ends).toHaveLength(1);
    await end();
    await vi.advanceTimersByTimeAsync(WAKE_AFTER_MS);
    expect(ends).toHaveLength(2);
    await end();
    await vi.advanceTimersByTimeAsync(999);
    expect(ends).toHaveLength(2);
  });

  it('continues after a turn that failed', async () => {
    const { periodic, ends, failures, wake, fail } = turns();
    periodic.start();
    await wake();

    await fail('no database');
    await vi.advanceTimersByTimeAsync(1_000);

    expect(failures).toEqual(['no database']);
    expect(ends).toHaveLength(2);
  });

  it('is stopped when the turn under way has ended, and does not begin another', async () => {
    const { periodic, ends, wake, end } = turns();
    periodic.start();
    await wake();
    periodic.wake();
    let isStopped = false;
    const stopped = periodic.stop().then(() => (isStopped = true));

    await vi.advanceTimersByTimeAsync(5_000);
    expect({ isStopped, mayContinue: !periodic.isStopped }).toEqual({ isStopped: false, mayContinue: false });
    await end();
    await stopped;
    periodic.wake();
    await vi.advanceTimersByTimeAsync(5_000);

    expect(ends).toHaveLength(1);
  });

  it('does nothing before it is started', async () => {
    const { ends, wake } = turns();

    await wake();

    expect(ends).toHaveLength(0);
  });
});
