import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candleSpan, GRANULARITIES, granularityMs } from './candle.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './trading-calendar.ts';

const utc = (text: string): number => Date.parse(`${text}Z`);

const NEW_YORK = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hourCycle: 'h23',
  weekday: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
});

function inNewYork(at: number): Record<string, string> {
  return Object.fromEntries(NEW_YORK.formatToParts(at).map(({ type, value }) => [type, value]));
}

const nearChange = fc
  .tuple(
    fc.integer({ min: 2000, max: 2035 }),
    fc.constantFrom(2, 3, 9, 10),
    fc.integer({ min: 0, max: 31 * DAY_MS }),
  )
  .map(([year, month, offset]) => Date.UTC(year, month, 1) + offset);
const instant = fc.oneof(fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2035, 0, 1) }), nearChange);
const granularity = fc.constantFrom(...GRANULARITIES);

describe('granularityMs', () => {
  it.each([
    ['S5', 5 * SECOND_MS],
    ['S30', 30 * SECOND_MS],
    ['M1', MINUTE_MS],
    ['M15', 15 * MINUTE_MS],
    ['H1', HOUR_MS],
    ['H12', 12 * HOUR_MS],
    ['D', DAY_MS],
    ['W', 7 * DAY_MS],
    ['M', 30 * DAY_MS],
  ] as const)('of %s is %d', (name, lengthMs) => {
    expect(granularityMs(name)).toBe(lengthMs);
  });
});

describe('candleSpan', () => {
  it.each([
    ['S5 aligns to the minute', 'S5', '2024-03-05T10:07:13', '2024-03-05T10:07:10', '2024-03-05T10:07:15'],
    ['M15 aligns to the hour', 'M15', '2024-03-05T10:59:59', '2024-03-05T10:45:00', '2024-03-05T11:00:00'],
    [
      'an instant on the border starts the next one',
      'M15',
      '2024-03-05T11:00:00',
      '2024-03-05T11:00:00',
      '2024-03-05T11:15:00',
    ],
    ['H1 aligns to the hour', 'H1', '2024-03-05T10:07:13', '2024-03-05T10:00:00', '2024-03-05T11:00:00'],
    [
      'H4 in winter starts at 22:00 UTC',
      'H4',
      '2024-03-08T03:30:00',
      '2024-03-08T02:00:00',
      '2024-03-08T06:00:00',
    ],
    [
      'H4 ends with the week in winter',
      'H4',
      '2024-03-08T21:30:00',
      '2024-03-08T18:00:00',
      '2024-03-08T22:00:00',
    ],
    [
      'H4 after the change in spring starts at 21:00 UTC',
      'H4',
      '2024-03-10T21:00:00',
      '2024-03-10T21:00:00',
      '2024-03-11T01:00:00',
    ],
    [
      'H4 is cut short on the day that has 23 hours',
      'H4',
      '2024-03-10T20:30:00',
      '2024-03-10T18:00:00',
      '2024-03-10T21:00:00',
    ],
    [
      'H4 in summer continues from there',
      'H4',
      '2024-03-12T14:00:00',
      '2024-03-12T13:00:00',
      '2024-03-12T17:00:00',
    ],
    [
      'H4 before the change in autumn',
      'H4',
      '2024-11-01T20:59:00',
      '2024-11-01T17:00:00',
      '2024-11-01T21:00:00',
    ],
    [
      'H4 has a seventh of one hour on the day that has 25',
      'H4',
      '2024-11-03T21:30:00',
      '2024-11-03T21:00:00',
      '2024-11-03T22:00:00',
    ],
    [
      'H4 after the change in autumn starts at 22:00 UTC',
      'H4',
      '2024-11-03T23:00:00',
      '2024-11-03T22:00:00',
      '2024-11-04T02:00:00',
    ],
    ['D in winter', 'D', '2024-03-08T12:00:00', '2024-03-07T22:00:00', '2024-03-08T22:00:00'],
    [
      'D over the change in spring has 23 hours',
      'D',
      '2024-03-10T12:00:00',
      '2024-03-09T22:00:00',
      '2024-03-10T21:00:00',
    ],
    ['D in summer', 'D', '2024-03-11T12:00:00', '2024-03-10T21:00:00', '2024-03-11T21:00:00'],
    [
      'D over the change in autumn has 25 hours',
      'D',
      '2024-11-03T12:00:00',
      '2024-11-02T21:00:00',
      '2024-11-03T22:00:00',
    ],
    ['W over the change in spring', 'W', '2024-03-12T12:00:00', '2024-03-08T22:00:00', '2024-03-15T21:00:00'],
    ['W over the change in autumn', 'W', '2024-11-05T12:00:00', '2024-11-01T21:00:00', '2024-11-08T22:00:00'],
    ['M over the change in spring', 'M', '2024-03-12T12:00:00', '2024-02-29T22:00:00', '2024-03-31T21:00:00'],
    ['M over the change in autumn', 'M', '2024-11-12T12:00:00', '2024-10-31T21:00:00', '2024-11-30T22:00:00'],
    ['M of February', 'M', '2023-02-12T12:00:00', '2023-01-31T22:00:00', '2023-02-28T22:00:00'],
  ] as const)('%s', (_, name, at, startsAt, endsAt) => {
    expect(candleSpan(name, utc(at))).toEqual({ startsAt: utc(startsAt), endsAt: utc(endsAt) });
  });

  it('holds the instant, and every instant in it has the same span', () => {
    fc.assert(
      fc.property(
        granularity,
        instant,
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (name, at, part) => {
          const span = candleSpan(name, at);
          expect(span.startsAt <= at && at < span.endsAt).toBe(true);
          expect(candleSpan(name, span.startsAt)).toEqual(span);
          expect(candleSpan(name, span.endsAt - 1)).toEqual(span);
          expect(candleSpan(name, span.startsAt + Math.floor(part * (span.endsAt - span.startsAt)))).toEqual(
            span,
          );
        },
      ),
    );
  });

  it('is followed at once by the next', () => {
    fc.assert(
      fc.property(granularity, instant, (name, at) => {
        const { endsAt } = candleSpan(name, at);
        expect(candleSpan(name, endsAt).startsAt).toBe(endsAt);
      }),
    );
  });

  it('of days, weeks and months starts at 17:00 New York, the week on a Friday, the month before its first', () => {
    fc.assert(
      fc.property(fc.constantFrom('D', 'W', 'M'), instant, (name, at) => {
        const { startsAt } = candleSpan(name, at);
        const local = inNewYork(startsAt);
        expect([local['hour'], Number(local['minute'])]).toEqual(['17', 0]);
        if (name === 'W') expect(local['weekday']).toBe('Fri');
        if (name === 'M') expect(inNewYork(startsAt + 12 * HOUR_MS)['day']).toBe('1');
      }),
    );
  });

  it('never reaches over the end of a trading day, up to H12', () => {
    const short = GRANULARITIES.filter((name) => granularityMs(name) < DAY_MS);
    fc.assert(
      fc.property(fc.constantFrom(...short), instant, (name, at) => {
        const day = candleSpan('D', at);
        const span = candleSpan(name, at);
        expect(span.startsAt >= day.startsAt && span.endsAt <= day.endsAt).toBe(true);
      }),
    );
  });
});
