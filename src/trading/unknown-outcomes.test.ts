import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UnknownOutcomes } from './unknown-outcomes.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** The clock of an account whose broker may take a request in so late, and what came due. */
function watching(lateArrivalMs: number) {
  const due: (string | number)[] = [];
  const note = (what: string | number): void => void due.push(what);
  return { due, unknowns: new UnknownOutcomes({ lateArrivalMs, onDue: note, onCancelDue: note }) };
}

describe('what is unknown', () => {
  it('is found out when it cannot arrive any more, and a cancel is looked after long before', () => {
    const { due, unknowns } = watching(60_000);
    unknowns.expect('an order');
    unknowns.expectCancel(7);

    vi.advanceTimersByTime(4_999);
    expect(due).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(due).toEqual([7]);
    vi.advanceTimersByTime(54_999);
    expect(due).toEqual([7]);
    vi.advanceTimersByTime(1);
    expect(due).toEqual([7, 'an order']);
  });

  it('is found out after the rest of that time when it was sent before this start, and never later than all of it', () => {
    const { due, unknowns } = watching(60_000);
    unknowns.expect('sent before the clock was set back', -5_000);
    unknowns.expect('sent 40 s ago', 40_000);
    unknowns.expect('sent yesterday', 86_400_000);

    vi.advanceTimersByTime(1);
    expect(due).toEqual(['sent yesterday']);
    vi.advanceTimersByTime(19_998);
    expect(due).toEqual(['sent yesterday']);
    vi.advanceTimersByTime(1);
    expect(due).toEqual(['sent yesterday', 'sent 40 s ago']);
    vi.advanceTimersByTime(40_000);
    expect(due).toEqual(['sent yesterday', 'sent 40 s ago', 'sent before the clock was set back']);
  });

  it('is left to the next start once it has ended, and a cancel waits a second at a broker that is never late', () => {
    const { due, unknowns } = watching(0);
    unknowns.expectCancel(7);
    vi.advanceTimersByTime(999);
    expect(due).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(due).toEqual([7]);

    unknowns.expectCancel(8);
    unknowns.end();
    vi.advanceTimersByTime(60_000);
    expect(due).toEqual([7]);
  });
});
