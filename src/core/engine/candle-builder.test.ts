import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../domain/trading-calendar.ts';
import { CandleBuilder } from './candle-builder.ts';

/** Tuesday, 6 January 2026, 12:00 UTC. */
const NOON = Date.UTC(2026, 0, 6, 12);
const quote = (at: number) => ({ instrument: 'EUR_USD', at, bid: 110_000, ask: 110_010 });

/** An hour's candle that was built until `from`, then nothing was heard until `until`, and then prices came again. */
function candleAround(from: number, until: number): CandleBuilder {
  const builder = new CandleBuilder('EUR_USD', 'H1');
  builder.watchFrom(NOON - HOUR_MS);
  builder.add(quote(NOON));
  const restored = CandleBuilder.restore(builder.save());
  restored.missQuotes(from, until);
  return restored;
}

describe('a candle that lost quotes between two starts', () => {
  it.each([
    ['nothing', 0, true],
    ['a twentieth of its span', 3 * MINUTE_MS, true],
    ['a fifth of its span', 12 * MINUTE_MS, false],
    ['its end', 2 * HOUR_MS, false],
  ])('that is %s is given or not', (_, missedMs, isWhole) => {
    const from = NOON + 20 * MINUTE_MS;

    const builder = candleAround(from, from + missedMs);

    expect(builder.close() !== undefined).toBe(isWhole);
  });

  it('is not given when the quotes come again in the middle of the next one', () => {
    const builder = candleAround(NOON + 59 * MINUTE_MS, NOON + 90 * MINUTE_MS);
    builder.close();
    builder.add(quote(NOON + 90 * MINUTE_MS));

    expect(builder.close()).toBeUndefined();
  });

  it('is followed by whole ones', () => {
    const builder = candleAround(NOON + 20 * MINUTE_MS, NOON + 90 * MINUTE_MS);
    builder.close();
    builder.add(quote(NOON + 2 * HOUR_MS));

    expect(builder.close()).toMatchObject({ startsAt: NOON + 2 * HOUR_MS, endsAt: NOON + 3 * HOUR_MS });
  });
});

describe('the first candle of a builder', () => {
  const FRIDAY_ROLL_OVER = Date.UTC(2026, 0, 2, 22);
  const SUNDAY_OPENING = Date.UTC(2026, 0, 4, 22);

  it.each([
    ['H1', NOON, 300, true],
    ['H1', NOON, 6 * MINUTE_MS, true],
    ['H1', NOON, 7 * MINUTE_MS, false],
    ['D', SUNDAY_OPENING, 300, true],
    ['W', FRIDAY_ROLL_OVER, SUNDAY_OPENING - FRIDAY_ROLL_OVER, true],
    ['W', FRIDAY_ROLL_OVER, SUNDAY_OPENING - FRIDAY_ROLL_OVER + 24 * HOUR_MS, false],
  ] as const)(
    'of %s is given when little of its open hours was missed',
    (granularity, startsAt, lateMs, isWhole) => {
      const builder = new CandleBuilder('EUR_USD', granularity);
      builder.add(quote(startsAt + lateMs));

      expect(builder.close() !== undefined).toBe(isWhole);
    },
  );
});
