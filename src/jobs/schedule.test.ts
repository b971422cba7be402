import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, daily, HOUR_MS, hourly, scheduleText, turnAfter, turnBefore } from './schedule.ts';

const minute = fc.integer({ min: 0, max: 59 });
const timeOfDay = fc
  .tuple(fc.integer({ min: 0, max: 23 }), minute)
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const schedule = fc.oneof(minute.map(hourly), timeOfDay.map(daily));
/** From 1900 to 2100: also before the epoch. */
const instant = fc.integer({ min: Date.UTC(1900), max: Date.UTC(2100) });

describe('turns', () => {
  it('are one period apart, and any moment is between the last and the next', () => {
    fc.assert(
      fc.property(schedule, instant, (every, at) => {
        const [last, next] = [turnBefore(every, at), turnAfter(every, at)];

        expect(last).toBeLessThanOrEqual(at);
        expect(next).toBeGreaterThan(at);
        expect(next - last).toBe(every.everyMs);
      }),
    );
  });

  it('are the same whenever they are asked for: a turn is its own last one, and the next begins where it ends', () => {
    fc.assert(
      fc.property(schedule, instant, (every, at) => {
        const turn = turnAfter(every, at);

        expect(turnBefore(every, turn)).toBe(turn);
        expect(turnBefore(every, turn - 1)).toBe(turn - every.everyMs);
        expect(turnAfter(every, turn)).toBe(turn + every.everyMs);
      }),
    );
  });

  it('are at the time of day in UTC that was asked for, on every day of the year', () => {
    fc.assert(
      fc.property(timeOfDay, instant, (time, at) => {
        expect(new Date(turnAfter(daily(time), at)).toISOString().slice(11)).toBe(`${time}:00.000Z`);
      }),
    );
    fc.assert(
      fc.property(minute, instant, (at, now) => {
        expect(new Date(turnAfter(hourly(at), now)).getUTCMinutes()).toBe(at);
      }),
    );
  });

  it('are as many a day as there are', () => {
    expect(turnAfter(hourly(7), Date.UTC(2026, 2, 29, 0, 7))).toBe(Date.UTC(2026, 2, 29, 1, 7));
    expect(turnAfter(daily('03:00'), Date.UTC(2026, 2, 29, 2, 59))).toBe(Date.UTC(2026, 2, 29, 3));
    expect([hourly(7), daily('03:05')].map(scheduleText)).toEqual([
      'each hour at :07',
      'each day at 03:05 UTC',
    ]);
    expect([hourly(0).everyMs, daily('00:00').everyMs]).toEqual([HOUR_MS, DAY_MS]);
  });

  it.each(['24:00', '3:00', '03:60', '0300', ''])('are never at "%s"', (text) => {
    expect(() => daily(text)).toThrow('a time of day was expected');
  });
});
