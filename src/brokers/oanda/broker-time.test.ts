import { describe, expect, it } from 'vitest';
import { BrokerTime } from './broker-time.ts';

const NOON = Date.UTC(2026, 0, 6, 12);

function newTime(wall = NOON) {
  const steady = { at: 1_000 };
  const time = new BrokerTime({ wall: () => wall, steady: () => steady.at });
  return { time, steady };
}

describe('the time at the broker', () => {
  it('is that of the machine until the broker states one', () => {
    const { time, steady } = newTime();
    steady.at += 250;

    expect(time.now()).toBe(NOON + 250);
  });

  it('follows what the broker states, and continues between statements', () => {
    const { time, steady } = newTime();
    time.note(NOON + 60_000);
    steady.at += 500;

    expect(time.now()).toBe(NOON + 60_500);
  });

  it('is not held back by a statement that comes late, such as the last price of a closed market', () => {
    const { time, steady } = newTime();
    time.note(NOON + 60_000);
    steady.at += 1_000;
    time.note(NOON - 86_400_000);

    expect(time.now()).toBe(NOON + 61_000);
  });

  it('never runs back, and waits for a broker whose clock is behind that of the machine', () => {
    const { time, steady } = newTime();
    expect(time.now()).toBe(NOON);
    time.note(NOON - 10_000);
    steady.at += 4_000;
    expect(time.now()).toBe(NOON);
    steady.at += 7_000;

    expect(time.now()).toBe(NOON + 1_000);
  });

  it('follows the broker when its clock and that of the machine drift apart', () => {
    const { time, steady } = newTime();
    // The machine's clock is fast by a thousandth for an hour.
    for (let second = 0; second <= 3_600; second += 5) {
      steady.at = 1_000 + second * 1_001;
      time.note(NOON + second * 1_000);
    }

    expect(time.now() - (NOON + 3_600_000)).toBeLessThan(200);
  });
});
