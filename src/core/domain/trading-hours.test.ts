import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMarketOpen, lastOpenInstantBefore, nextOpenInstant, sessionAt } from './trading-hours.ts';
import { DAY_MS, HOUR_MS } from './trading-calendar.ts';
import { TRADING_HOURS } from './instrument.ts';
import type { TradingHoursName } from './instrument.ts';

const utc = (text: string): number => Date.parse(`${text}Z`);

// The platform's time zone data is the independent witness.
function clockIn(timeZone: string): (at: number) => { weekday: string; date: string; minutes: number } {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (at) => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const minutes = Number(part['hour']) * 60 + Number(part['minute']);
    return { weekday: part['weekday'] ?? '', date: `${part['month']}/${part['day']}`, minutes };
  };
}
const inNewYork = clockIn('America/New_York');
const inAuckland = clockIn('Pacific/Auckland');

const FIVE_PM = 17 * 60;

/** What the page of the broker says, minute by minute. */
function isOpenByTheBook(hours: TradingHoursName, at: number): boolean {
  const { weekday, minutes } = inNewYork(at);
  const opensAt = hours === 'metals' ? FIVE_PM + 63 : FIVE_PM + 3;
  const isPause = minutes >= FIVE_PM - 2 && minutes < opensAt;
  const isWeekend =
    weekday === 'Sat' ||
    (weekday === 'Fri' && minutes >= FIVE_PM) ||
    (weekday === 'Sun' && minutes < FIVE_PM);
  // Seven hours later the clock shows the date on which the trading day ends.
  const isHoliday = ['12/25', '1/1'].includes(inNewYork(at + 7 * HOUR_MS).date);
  const auckland = inAuckland(at).minutes;
  const isAucklandPause = hours === 'forex_nzd' && auckland >= 6 * 60 + 58 && auckland < 7 * 60 + 3;
  return !(isPause || isWeekend || isHoliday || isAucklandPause);
}

const nearFivePm = fc
  .tuple(fc.integer({ min: 0, max: 30 * 365 }), fc.integer({ min: -90, max: 90 }))
  .map(([day, minutes]) => Date.UTC(2010, 0, 1, 21, 30) + day * DAY_MS + minutes * 60_000);
const nearAucklandMorning = fc
  .tuple(fc.integer({ min: 0, max: 30 * 365 }), fc.integer({ min: -60, max: 60 }))
  .map(([day, minutes]) => Date.UTC(2010, 0, 1, 18, 30) + day * DAY_MS + minutes * 60_000);
const instant = fc.oneof(
  fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2040, 0, 1) }),
  nearFivePm,
  nearAucklandMorning,
);

describe('the hours of instruments', () => {
  it.each([
    ['forex', '2024-01-16T21:57:59.999', true],
    ['forex', '2024-01-16T21:58:00', false],
    ['forex', '2024-01-16T22:02:59.999', false],
    ['forex', '2024-01-16T22:03:00', true],
    // In summer an hour earlier in UTC.
    ['forex', '2024-07-16T20:58:00', false],
    ['forex', '2024-07-16T21:03:00', true],
    // The week ends and begins with the pause.
    ['forex', '2024-01-19T21:57:59', true],
    ['forex', '2024-01-19T21:58:00', false],
    ['forex', '2024-01-21T22:02:59', false],
    ['forex', '2024-01-21T22:03:00', true],
    ['metals', '2024-01-16T21:57:59', true],
    ['metals', '2024-01-16T22:30:00', false],
    ['metals', '2024-01-16T23:02:59', false],
    ['metals', '2024-01-16T23:03:00', true],
    ['metals', '2024-01-21T22:30:00', false],
    // 06:58 in Auckland: in summer there 17:58 UTC, in winter 18:58.
    ['forex_nzd', '2024-01-16T17:57:59', true],
    ['forex_nzd', '2024-01-16T17:58:00', false],
    ['forex_nzd', '2024-01-16T18:02:59', false],
    ['forex_nzd', '2024-01-16T18:03:00', true],
    ['forex_nzd', '2024-07-16T18:58:00', false],
    ['forex', '2024-07-16T18:58:00', true],
    ['forex', '2024-12-24T22:03:00', false],
    ['forex', '2024-12-25T22:03:00', true],
  ] as const)('%s at %s UTC: open is %s', (hours, text, isOpen) => {
    expect(isMarketOpen(hours, utc(text))).toBe(isOpen);
  });

  it('are those of the broker, whatever the clocks of New York and Auckland do', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TRADING_HOURS), instant, (hours, at) => {
        expect(isMarketOpen(hours, at)).toBe(isOpenByTheBook(hours, at));
      }),
      { numRuns: 3_000 },
    );
  });

  it('are sessions that follow each other, with nothing open in between', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TRADING_HOURS), instant, (hours, at) => {
        const { opensAt, closesAt } = sessionAt(hours, at);

        expect(closesAt).toBeGreaterThan(Math.max(at, opensAt));
        expect(nextOpenInstant(hours, at)).toBe(Math.max(at, opensAt));
        const next = sessionAt(hours, closesAt);
        expect(next.opensAt).toBeGreaterThan(closesAt);
        expect(lastOpenInstantBefore(hours, next.opensAt)).toBe(closesAt - 1);
        expect(lastOpenInstantBefore(hours, closesAt)).toBe(closesAt - 1);
        expect(isMarketOpen(hours, closesAt) || isMarketOpen(hours, next.opensAt - 1)).toBe(false);
        expect(lastOpenInstantBefore(hours, opensAt + 5)).toBe(opensAt + 4);
      }),
    );
  });

  it('close for the weekend as the clocks change', () => {
    expect(nextOpenInstant('forex', utc('2024-03-08T21:58:00'))).toBe(utc('2024-03-10T21:03:00'));
    expect(lastOpenInstantBefore('forex', utc('2024-03-10T21:03:00'))).toBe(utc('2024-03-08T21:58:00') - 1);
  });
});
