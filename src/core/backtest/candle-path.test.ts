import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CandleBuilder } from '../engine/candle-builder.ts';
import { candleSpan, GRANULARITIES, PATH_QUOTES } from '../domain/candle.ts';
import { isTradingDay } from '../domain/trading-calendar.ts';
import { isMarketOpen } from '../domain/trading-hours.ts';
import { createCandlePath, isNested, traceCandle } from './candle-path.ts';
import type { Candle, CandleRows, Granularity } from '../domain/candle.ts';
import { candleBatch } from './testing/candle-batch.ts';
import type { Prices } from './testing/candle-batch.ts';

function pathOf(
  bid: Prices,
  ask: Prices,
  granularity: Granularity = 'M1',
): { at: number; bid: number; ask: number }[] {
  const path = createCandlePath('forex');
  traceCandle(path, candleBatch([{ at: 0, bid, ask }]), 0, granularity);
  return Array.from(path.times, (at, step) => ({ at, bid: path.bid[step] ?? 0, ask: path.ask[step] ?? 0 }));
}

/** Rebuilds candles of a granularity from the paths of stored ones. */
function rebuild(candles: CandleRows, from: Granularity, to: Granularity): Candle[] {
  const builder = new CandleBuilder('EUR_USD', to);
  const path = createCandlePath('forex');
  const built: (Candle | undefined)[] = [];
  for (let row = 0; row < candles.times.length; row += 1) {
    traceCandle(path, candles, row, from);
    for (let step = 0; step < PATH_QUOTES; step += 1) {
      const quote = {
        instrument: 'EUR_USD',
        at: path.times[step] ?? 0,
        bid: path.bid[step] ?? 0,
        ask: path.ask[step] ?? 0,
      };
      if (builder.endsAt <= quote.at) built.push(builder.close());
      builder.add(quote);
    }
  }
  built.push(builder.close());
  return built.filter((candle) => candle !== undefined);
}

const pricesOf = (candle: Candle) => [
  candle.startsAt,
  [candle.bidOpen, candle.bidHigh, candle.bidLow, candle.bidClose],
  [candle.askOpen, candle.askHigh, candle.askLow, candle.askClose],
];

const anyCandle = fc
  .record({
    prices: fc.array(fc.integer({ min: 100_000, max: 100_400 }), { minLength: 4, maxLength: 4 }),
    spread: fc.integer({ min: 0, max: 30 }),
  })
  .map(({ prices, spread }) => {
    const [a = 0, b = 0] = prices;
    const bid: Prices = [a, Math.max(...prices), Math.min(...prices), b];
    const ask: Prices = [bid[0] + spread, bid[1] + spread, bid[2] + spread, bid[3] + spread];
    return { bid, ask };
  });

describe('the path inside a candle', () => {
  it.each([
    ['the high first when it is nearer to the open', [100, 110, 70, 90], [100, 110, 70, 90]],
    ['the low first when it is nearer to the open', [100, 130, 90, 110], [100, 90, 130, 110]],
    ['the low first at a tie before a close at or above the open', [100, 120, 80, 110], [100, 80, 120, 110]],
    ['the high first at a tie before a close below the open', [100, 120, 80, 90], [100, 120, 80, 90]],
  ] as const)('visits %s', (_, candle, visited) => {
    const path = pathOf(candle, candle);

    expect(path.map(({ bid }) => bid)).toEqual(visited);
  });

  it('judges nearness on the middle of bid and ask', () => {
    // By the bid alone the high is nearer (3 against 4); a spread that widens at the high makes the low nearer.
    const path = pathOf([100, 103, 96, 100], [102, 108, 98, 102]);

    expect(path.map(({ bid }) => bid)).toEqual([100, 96, 103, 100]);
  });

  it('opens where the candle starts, closes in its last millisecond, and moves forward in between', () => {
    const times = pathOf([1, 1, 1, 1], [1, 1, 1, 1], 'M5').map(({ at }) => at);

    expect(times).toEqual([0, 100_000, 200_000, 299_999]);
  });

  it('knows how long a day is when the clocks change in New York', () => {
    const startsAt = Date.UTC(2024, 2, 9, 22); // Saturday 17:00 before the change
    const path = createCandlePath('forex');

    traceCandle(path, candleBatch([{ at: startsAt, bid: [1, 1, 1, 1], ask: [1, 1, 1, 1] }]), 0, 'D');

    expect(path.times[3]).toBe(Date.UTC(2024, 2, 10, 21) - 1);
  });

  it.each(['H1', 'D', 'W', 'M'] as const)(
    'lies in market hours and moves forward in every %s candle of ten years',
    (granularity) => {
      const path = createCandlePath('forex');
      const row = { bid: [1, 1, 1, 1], ask: [1, 1, 1, 1] } as const;
      // Asked once, at the end: there are 60,000 candles of an hour.
      const wrong: unknown[] = [];
      for (
        let span = candleSpan(granularity, Date.UTC(2016, 0, 6));
        span.startsAt < Date.UTC(2026, 0, 1);
        span = candleSpan(granularity, span.endsAt)
      ) {
        // A day from Friday 17:00 on has no open hours, and no stored candles.
        if (!['W', 'M'].includes(granularity) && !isTradingDay(span.startsAt)) continue;

        traceCandle(path, candleBatch([{ at: span.startsAt, ...row }]), 0, granularity);

        const times = [...path.times];
        const [first = NaN, , , last = NaN] = times;
        const isRight =
          times.every((at, index) => isMarketOpen('forex', at) && at >= (times[index - 1] ?? first)) &&
          first >= span.startsAt &&
          last < span.endsAt;
        if (!isRight) wrong.push({ span, times });
      }
      expect(wrong).toEqual([]);
    },
  );

  it('makes the stored candles again when candles are built from it', () => {
    fc.assert(
      fc.property(
        fc.array(anyCandle, { minLength: 1, maxLength: 12 }),
        fc.constantFrom<Granularity>('S5', 'M1', 'M15', 'H1', 'H4', 'D', 'W'),
        (rows, granularity) => {
          let startsAt = candleSpan(granularity, Date.UTC(2024, 2, 6)).startsAt;
          const stored = rows.map((row) => {
            const at = startsAt;
            startsAt = candleSpan(granularity, at).endsAt;
            return { at, ...row };
          });

          const built = rebuild(candleBatch(stored), granularity, granularity);

          expect(built.map(pricesOf)).toEqual(stored.map(({ at, bid, ask }) => [at, [...bid], [...ask]]));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('makes coarser candles as if they were put together from the stored ones', () => {
    fc.assert(
      fc.property(fc.array(anyCandle, { minLength: 30, maxLength: 30 }), (rows) => {
        const stored = rows.map((row, index) => ({ at: index * 60_000, ...row }));

        const built = rebuild(candleBatch(stored), 'M1', 'M15');

        const halves = [stored.slice(0, 15), stored.slice(15)];
        expect(
          built.map(({ bidOpen, bidHigh, askLow, askClose }) => [bidOpen, bidHigh, askLow, askClose]),
        ).toEqual(
          halves.map((half) => [
            half[0]?.bid[0],
            Math.max(...half.map(({ bid }) => bid[1])),
            Math.min(...half.map(({ ask }) => ask[2])),
            half.at(-1)?.ask[3],
          ]),
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe('whether candles nest', () => {
  it.each([
    ['M1', 'M15', true],
    ['M15', 'M15', true],
    ['H1', 'D', true],
    ['D', 'M', true],
    ['M15', 'M1', false],
    ['M4', 'M10', false],
    ['H8', 'H12', false],
    ['W', 'M', false],
  ] as const)('%s in %s: %s', (fine, coarse, nested) => {
    expect(isNested(fine, coarse)).toBe(nested);
  });

  it('says so only where the end of every coarse candle is also the end of a fine one', () => {
    const from = Date.UTC(2024, 2, 1);
    for (const fine of GRANULARITIES) {
      for (const coarse of GRANULARITIES.filter((other) => isNested(fine, other))) {
        for (
          let at = candleSpan(coarse, from).endsAt, count = 0;
          count < 20;
          at = candleSpan(coarse, at).endsAt, count += 1
        ) {
          expect(candleSpan(fine, at).startsAt, `${fine} in ${coarse}`).toBe(at);
        }
      }
    }
  });
});
