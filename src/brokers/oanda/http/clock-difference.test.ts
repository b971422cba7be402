import { describe, expect, it } from 'vitest';
import { ClockDifference } from './clock-difference.ts';

const NOON = Date.UTC(2026, 0, 6, 12);
const AT_NOON = 'Tue, 06 Jan 2026 12:00:00 GMT';

describe('the difference of the clocks', () => {
  it.each([
    ['none when the answer could be of that time', 0, 80, 0],
    ['none within the second that the header leaves open', 999, 1_080, 0],
    ['none when the answer took long', -4_000, 9_000, 0],
    ['what is certain when this machine is ahead', 61_000, 61_080, 60_000],
    ['what is certain when this machine is behind', -60_080, -60_000, -60_000],
  ])('is %s', (_what, sent, received, aheadMs) => {
    const clocks = new ClockDifference();

    clocks.note({ sentAt: NOON + sent, receivedAt: NOON + received, date: AT_NOON });

    expect(clocks.aheadMs).toBe(aheadMs);
  });

  it('is unknown before the first answer, and stays as it was where an answer has no time', () => {
    const clocks = new ClockDifference();
    clocks.note({ sentAt: NOON, receivedAt: NOON, date: undefined });
    expect(clocks.aheadMs).toBeUndefined();

    clocks.note({ sentAt: NOON + 61_000, receivedAt: NOON + 61_000, date: AT_NOON });
    clocks.note({ sentAt: NOON, receivedAt: NOON, date: 'soon' });

    expect(clocks.aheadMs).toBe(60_000);
  });

  it('is that of the newest answer', () => {
    const clocks = new ClockDifference();
    clocks.note({ sentAt: NOON + 61_000, receivedAt: NOON + 61_000, date: AT_NOON });

    clocks.note({ sentAt: NOON, receivedAt: NOON + 50, date: AT_NOON });

    expect(clocks.aheadMs).toBe(0);
  });
});
