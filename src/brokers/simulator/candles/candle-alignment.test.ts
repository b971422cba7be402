import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candleSpan, GRANULARITIES } from '../../../core/domain/candle.ts';
import { alignedSpan, alignmentOf, WEEKDAYS } from './candle-alignment.ts';

const at = (text: string): number => Date.parse(text);
const instants = fc.integer({ min: at('2010-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') });
const zones = fc.constantFrom('America/New_York', 'Europe/London', 'Asia/Kolkata', 'Australia/Sydney', 'UTC');

function alignment(hour: number, weekday: (typeof WEEKDAYS)[number], zone: string) {
  const found = alignmentOf(hour, WEEKDAYS.indexOf(weekday), zone);
  if (!found) throw new Error(`no zone ${zone}`);
  return found;
}

describe('the alignment of candles', () => {
  it('is not to be had in a zone that does not exist', () => {
    expect(alignmentOf(17, 5, 'America/Old_York')).toBeUndefined();
  });

  it('is the one that the engine builds candles with when nothing else is said', () => {
    const usual = alignment(17, 'Friday', 'America/New_York');

    fc.assert(
      fc.property(instants, fc.constantFrom(...GRANULARITIES), (instant, granularity) => {
        expect(alignedSpan(granularity, instant, usual)).toEqual(candleSpan(granularity, instant));
      }),
      { numRuns: 500 },
    );
  });

  it('puts every instant into one span: the next begins where one ends', () => {
    fc.assert(
      fc.property(
        instants,
        fc.constantFrom(...GRANULARITIES),
        zones,
        fc.nat(23),
        fc.constantFrom(...WEEKDAYS),
        (instant, granularity, zone, hour, weekday) => {
          const chosen = alignment(hour, weekday, zone);
          const span = alignedSpan(granularity, instant, chosen);

          expect(span.startsAt).toBeLessThanOrEqual(instant);
          expect(span.endsAt).toBeGreaterThan(instant);
          expect(alignedSpan(granularity, span.startsAt, chosen)).toEqual(span);
          expect(alignedSpan(granularity, span.endsAt - 1, chosen)).toEqual(span);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it.each([
    // The clocks of New York are four hours behind in summer, five in winter.
    ['D', '2026-07-01T12:00:00Z', 17, 'America/New_York', '2026-06-30T21:00:00Z', '2026-07-01T21:00:00Z'],
    ['D', '2026-01-06T12:00:00Z', 17, 'America/New_York', '2026-01-05T22:00:00Z', '2026-01-06T22:00:00Z'],
    ['D', '2026-01-06T12:00:00Z', 0, 'UTC', '2026-01-06T00:00:00Z', '2026-01-07T00:00:00Z'],
    ['H4', '2026-01-06T12:00:00Z', 1, 'UTC', '2026-01-06T09:00:00Z', '2026-01-06T13:00:00Z'],
    ['W', '2026-01-06T12:00:00Z', 0, 'Europe/London', '2026-01-02T00:00:00Z', '2026-01-09T00:00:00Z'],
    ['M', '2026-01-06T12:00:00Z', 0, 'UTC', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'],
    ['M', '2026-01-31T21:59:59Z', 17, 'America/New_York', '2025-12-31T22:00:00Z', '2026-01-31T22:00:00Z'],
    // The night in which London sets its clocks back has an hour more, and its last six hours are seven.
    ['D', '2026-10-25T12:00:00Z', 0, 'Europe/London', '2026-10-24T23:00:00Z', '2026-10-26T00:00:00Z'],
  ] as const)(
    'gives a %s candle at %s, days from %i in %s',
    (granularity, instant, hour, zone, from, until) => {
      expect(alignedSpan(granularity, at(instant), alignment(hour, 'Friday', zone))).toEqual({
        startsAt: at(from),
        endsAt: at(until),
      });
    },
  );
});
