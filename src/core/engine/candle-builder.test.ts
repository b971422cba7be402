import { describe, expect, it } from 'vitest';
import { storedCandle } from '../domain/candle.ts';
import { HOUR_MS, MINUTE_MS } from '../domain/trading-calendar.ts';
import { CandleBuilder } from './candle-builder.ts';
import type { CandleRows } from '../domain/candle.ts';

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

describe('a builder of candles that are stored', () => {
  const column = (points: number) => Int32Array.of(points, points + 1, points + 2);
  const rows: CandleRows = {
    times: Float64Array.of(NOON, NOON + MINUTE_MS, NOON + 2 * MINUTE_MS),
    bidOpen: column(110_000),
    bidHigh: column(110_020),
    bidLow: column(109_990),
    bidClose: column(110_005),
    askOpen: column(110_010),
    askHigh: column(110_030),
    askLow: column(110_000),
    askClose: column(110_015),
  };

  it('is after a skip as if it had built and closed those between', () => {
    const [built, skipped] = [new CandleBuilder('EUR_USD', 'M1'), new CandleBuilder('EUR_USD', 'M1')];
    for (const row of [0, 1, 2]) {
      if (row > 0) built.close();
      built.addCandle(rows, row);
    }
    skipped.addCandle(rows, 0);
    skipped.skipTo(rows, 2);

    expect(skipped.save()).toEqual(built.save());
    expect(skipped.close()).toEqual(
      storedCandle(rows, 2, { instrument: 'EUR_USD', granularity: 'M1', endsAt: NOON + 3 * MINUTE_MS }),
    );
  });

  it.each([
    ['a stored candle', 'M1', [0], true],
    ['more than one', 'M5', [0, 1], false],
    ['a part of its candle', 'M5', [0], false],
  ] as const)('that was shown %s knows whether it holds just that', (_, granularity, shown, holds) => {
    const builder = new CandleBuilder('EUR_USD', granularity);
    for (const row of shown) builder.addCandle(rows, row);

    expect(builder.holds(rows, shown.length - 1, MINUTE_MS)).toBe(holds);
  });
});
