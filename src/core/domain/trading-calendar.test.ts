import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DAY_MS,
  HOUR_MS,
  isTradingDay,
  MINUTE_MS,
  newYorkOffsetMs,
  openMarketMs,
  tradingDayEnd,
  tradingDayStart,
  tradingMonthStart,
  tradingWeekStart,
} from './trading-calendar.ts';

// The platform's time zone data is the independent witness.
const NEW_YORK = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hourCycle: 'h23',
  weekday: 'short',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
});

function inNewYork(at: number): Record<string, string> {
  return Object.fromEntries(NEW_YORK.formatToParts(at).map(({ type, value }) => [type, value]));
}

function isRollOver(at: number): boolean {
  const { hour, minute, second } = inNewYork(at);
  return hour === '17' && Number(minute) === 0 && Number(second) === 0 && at % 1000 === 0;
}

// 1990 to 2040: both rules of daylight saving, and half of the time within two days of a change of clocks.
const FROM = Date.UTC(1990, 0, 1);
const UNTIL = Date.UTC(2040, 0, 1);
const nearChange = fc
  .tuple(
    fc.integer({ min: 1990, max: 2039 }),
    fc.constantFrom(2, 3, 9, 10),
    fc.integer({ min: 0, max: 31 * DAY_MS }),
  )
  .map(([year, month, offset]) => Date.UTC(year, month, 1) + offset);
const instant = fc.oneof(fc.integer({ min: FROM, max: UNTIL }), nearChange);

const atTurnOfYear = fc
  .tuple(fc.integer({ min: 2005, max: 2039 }), fc.integer({ min: 0, max: 12 * DAY_MS }))
  .map(([year, offset]) => Date.UTC(year, 11, 23) + offset);

const utc = (text: string): number => Date.parse(`${text}Z`);

describe('newYorkOffsetMs', () => {
  it.each([
    ['the last second of winter 2024', '2024-03-10T06:59:59', -5],
    ['the first second of summer 2024', '2024-03-10T07:00:00', -4],
    ['the last second of summer 2024', '2024-11-03T05:59:59', -4],
    ['the first second of winter 2024', '2024-11-03T06:00:00', -5],
    ['the last second of winter 2006, by the older rule', '2006-04-02T06:59:59', -5],
    ['the first second of summer 2006, by the older rule', '2006-04-02T07:00:00', -4],
    ['the last second of summer 2006, by the older rule', '2006-10-29T05:59:59', -4],
    ['the first second of winter 2006, by the older rule', '2006-10-29T06:00:00', -5],
  ])('in %s', (_, text, hours) => {
    expect(newYorkOffsetMs(utc(text))).toBe(hours * HOUR_MS);
  });

  it('agrees with the time zone database from 1990 to 2040', () => {
    fc.assert(
      fc.property(instant, (at) => {
        const { year, month, day, hour, minute, second } = inNewYork(at);
        const local = Date.UTC(
          Number(year),
          Number(month) - 1,
          Number(day),
          Number(hour),
          Number(minute),
          Number(second),
        );
        expect(newYorkOffsetMs(at)).toBe(local + (at % 1000) - at);
      }),
    );
  });
});

describe('trading days', () => {
  it.each([
    ['in winter the day turns at 22:00 UTC', '2024-01-16T21:59:59', '2024-01-15T22:00', '2024-01-16T22:00'],
    ['at that instant the next day has begun', '2024-01-16T22:00:00', '2024-01-16T22:00', '2024-01-17T22:00'],
    ['in summer it turns at 21:00 UTC', '2024-07-16T21:00:00', '2024-07-16T21:00', '2024-07-17T21:00'],
    [
      'the day of the change in spring has 23 hours',
      '2024-03-10T12:00:00',
      '2024-03-09T22:00',
      '2024-03-10T21:00',
    ],
    [
      'the day of the change in autumn has 25 hours',
      '2024-11-03T12:00:00',
      '2024-11-02T21:00',
      '2024-11-03T22:00',
    ],
  ])('%s', (_, at, start, end) => {
    expect(tradingDayStart(utc(at))).toBe(utc(`${start}:00`));
    expect(tradingDayEnd(utc(at))).toBe(utc(`${end}:00`));
  });

  it('start and end at 17:00 New York, hold the instant, and follow each other without a gap', () => {
    fc.assert(
      fc.property(instant, (at) => {
        const start = tradingDayStart(at);
        const end = tradingDayEnd(at);
        expect(isRollOver(start) && isRollOver(end)).toBe(true);
        expect(start <= at && at < end).toBe(true);
        expect((end - start) / HOUR_MS).toBeGreaterThanOrEqual(23);
        expect((end - start) / HOUR_MS).toBeLessThanOrEqual(25);
        expect(tradingDayStart(end)).toBe(end);
        expect(tradingDayEnd(start - 1)).toBe(start);
      }),
    );
  });
});

describe('isTradingDay', () => {
  it.each([
    ['2024-01-19T21:59:59', true],
    ['2024-01-19T22:00:00', false],
    ['2024-01-20T12:00:00', false],
    ['2024-01-21T21:59:59', false],
    ['2024-01-21T22:00:00', true],
    ['2024-07-19T20:59:59', true],
    ['2024-07-19T21:00:00', false],
    ['2024-07-21T20:59:59', false],
    ['2024-07-21T21:00:00', true],
    // The clocks changed on the Sunday between: the weekend begins by winter's and ends by summer's.
    ['2024-03-08T21:59:59', true],
    ['2024-03-10T20:59:59', false],
    ['2024-03-10T21:00:00', true],
    // Christmas and New Year, from 17:00 of the day before.
    ['2014-12-24T21:59:59', true],
    ['2014-12-24T22:00:00', false],
    ['2014-12-25T21:59:59', false],
    ['2014-12-25T22:00:00', true],
    ['2014-12-31T22:00:00', false],
    ['2015-01-01T22:00:00', true],
    // A holiday on a Friday continues into the weekend; one on a Sunday ends with it; before 2010 there was none.
    ['2015-12-25T22:00:00', false],
    ['2011-12-25T22:00:00', true],
    ['2008-12-25T08:00:00', true],
  ])('at %s UTC is %s', (text, isOpen) => {
    expect(isTradingDay(utc(text))).toBe(isOpen);
  });

  it('is not traded from Friday 17:00 to Sunday 17:00 New York, whenever that is, nor on holidays', () => {
    fc.assert(
      fc.property(fc.oneof(instant, atTurnOfYear), (at) => {
        const { weekday, hour } = inNewYork(at);
        // Seven hours later the clock shows the date on which the trading day ends.
        const { month, day, year } = inNewYork(at + 7 * HOUR_MS);
        const isHoliday = Number(year) >= 2010 && ['12/25', '1/1'].includes(`${month}/${day}`);
        const isClosed =
          isHoliday ||
          weekday === 'Sat' ||
          (weekday === 'Fri' && Number(hour) >= 17) ||
          (weekday === 'Sun' && Number(hour) < 17);
        expect(isTradingDay(at)).toBe(!isClosed);
      }),
    );
  });
});

describe('tradingWeekStart', () => {
  it('is the Friday 17:00 New York at or before', () => {
    fc.assert(
      fc.property(instant, (at) => {
        const start = tradingWeekStart(at);
        expect(inNewYork(start)['weekday']).toBe('Fri');
        expect(isRollOver(start)).toBe(true);
        expect(start <= at && at - start <= 7 * DAY_MS + HOUR_MS).toBe(true);
        expect(tradingWeekStart(start)).toBe(start);
      }),
    );
  });
});

describe('tradingMonthStart', () => {
  it.each([
    ['2024-03-15T12:00:00', '2024-02-29T22:00:00'],
    ['2024-03-31T20:59:59', '2024-02-29T22:00:00'],
    ['2024-03-31T21:00:00', '2024-03-31T21:00:00'],
    ['2024-12-31T22:00:00', '2024-12-31T22:00:00'],
    ['2024-12-31T21:59:59', '2024-11-30T22:00:00'],
  ])('of %s is %s', (at, start) => {
    expect(tradingMonthStart(utc(at))).toBe(utc(start));
  });

  it('is the 17:00 New York before the first of a month', () => {
    fc.assert(
      fc.property(instant, (at) => {
        const start = tradingMonthStart(at);
        expect(isRollOver(start)).toBe(true);
        expect(inNewYork(start + 12 * HOUR_MS)['day']).toBe('1');
        expect(start <= at && at - start <= 31 * DAY_MS + HOUR_MS).toBe(true);
      }),
    );
  });
});

describe('openMarketMs', () => {
  it.each([
    ['nothing over a weekend', '2024-01-19T22:00:00', '2024-01-21T22:00:00', 0],
    ['the minutes on both sides of a weekend', '2024-01-19T21:50:00', '2024-01-21T22:05:00', 15 * MINUTE_MS],
    ['a whole week less its weekend', '2024-01-15T12:00:00', '2024-01-22T12:00:00', 5 * DAY_MS],
    [
      'an hour less in the week after the change in spring',
      '2024-03-04T12:00:00',
      '2024-03-11T12:00:00',
      5 * DAY_MS + HOUR_MS,
    ],
    ['a week less its weekend and Christmas', '2024-12-23T12:00:00', '2024-12-30T12:00:00', 4 * DAY_MS],
    ['nothing when the end is not after the start', '2024-01-16T12:00:00', '2024-01-16T12:00:00', 0],
  ])('counts %s', (_, from, until, openMs) => {
    expect(openMarketMs(utc(from), utc(until))).toBe(openMs);
  });
});
