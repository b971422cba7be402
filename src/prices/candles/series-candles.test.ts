import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeColumns } from '../series/price-codec.ts';
import { foldCandles } from './fold-candles.ts';
import { seriesCandles } from './series-candles.ts';
import type { Granularity } from '../../core/domain/candle.ts';
import type { PriceChunk, PricePeriod } from '../series/price-chunks.ts';
import type { QuoteColumns } from '../series/price-columns.ts';
import type { CandlePage, CandleWish, ChartCandle } from './candle-page.ts';

/** 2026-03-05, a Thursday, 20:00 UTC: the daily pause and the weekend lie ahead. */
const START = Date.UTC(2026, 2, 5, 20);

type Row = readonly [stepSeconds: number, bid: number];

function columnsOf(rows: readonly Row[]): QuoteColumns {
  let at = START;
  const times = rows.map(([step]) => (at += step * 1_000));
  return {
    kind: 'quotes',
    times: Float64Array.from(times),
    bid: Int32Array.from(rows, ([, bid]) => bid),
    ask: Int32Array.from(rows, ([, bid]) => bid + 10),
  };
}

/** A stored series in memory, cut into chunks of so many rows. */
function stored(columns: QuoteColumns, rowsAChunk: number) {
  const chunks: PriceChunk[] = [];
  for (let start = 0; start < columns.times.length; start += rowsAChunk) {
    const cut = <T extends Float64Array | Int32Array>(column: T) =>
      column.slice(start, start + rowsAChunk) as T;
    const part = { ...columns, times: cut(columns.times), bid: cut(columns.bid), ask: cut(columns.ask) };
    const [startsAt = 0, endsAt = 0] = [part.times[0], part.times.at(-1)];
    chunks.push({ startsAt, endsAt, rows: part.times.length, data: encodeColumns(part) });
  }
  return {
    store: {
      async *chunks(_id: string, { from, until }: PricePeriod, order = 'oldest-first') {
        const found = chunks.filter(({ startsAt, endsAt }) => endsAt >= from && startsAt < until);
        yield* order === 'oldest-first' ? found : found.reverse();
      },
    },
    series: {
      id: 'series',
      instrument: 'EUR_USD',
      kind: 'quotes' as const,
      granularity: undefined,
      startsAt: columns.times[0] ?? 0,
      endsAt: columns.times.at(-1) ?? 0,
    },
  };
}

async function allPages(
  read: (wish: CandleWish) => Promise<CandlePage>,
  first: CandleWish,
): Promise<readonly (readonly ChartCandle[])[]> {
  const pages = [];
  for (let wish = first; ;) {
    const { candles, hasMore } = await read(wish);
    pages.push(candles);
    if (!hasMore) return pages;
    wish =
      wish.countedFrom === 'beginning'
        ? { ...wish, from: candles.at(-1)?.endsAt }
        : { ...wish, until: candles[0]?.startsAt };
  }
}

describe('candles of a series', () => {
  it('are the same, whichever way they are read and however the prices are stored', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 4_000 }), fc.integer({ min: 1_000, max: 1_020 })), {
          minLength: 1,
          maxLength: 60,
        }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom<Granularity>('S30', 'M1', 'M15', 'H1', 'H4', 'D'),
        async (rows, rowsAChunk, count, granularity) => {
          const columns = columnsOf(rows);
          const { store, series } = stored(columns, rowsAChunk);
          const wish = { instrument: 'EUR_USD', granularity, count, from: undefined, until: undefined };
          const read = (asked: CandleWish) => seriesCandles(store, series, asked);

          const forward = await allPages(read, { ...wish, countedFrom: 'beginning' });
          const back = await allPages(read, { ...wish, countedFrom: 'end' });

          const whole = foldCandles(columns, {
            instrument: 'EUR_USD',
            hours: 'forex',
            granularity,
            sourceGranularity: undefined,
          });
          const marked = forward.flat();
          expect(marked).toEqual(
            whole.map((candle, index) => ({ ...candle, isComplete: marked[index]?.isComplete })),
          );
          expect(back.toReversed().flat()).toEqual(marked);
          expect(Math.max(...forward.map(({ length }) => length))).toBeLessThanOrEqual(count);
        },
      ),
    );
  });

  it('leave prices out that came while the market was closed', async () => {
    const [open, closed] = [Date.UTC(2026, 2, 5, 21, 57, 30), Date.UTC(2026, 2, 5, 21, 59)];
    const columns = columnsOf([
      [(open - START) / 1_000, 1_000],
      [(closed - open) / 1_000, 5_000],
    ]);
    const { store, series } = stored(columns, 10);

    const page = await seriesCandles(store, series, {
      instrument: 'EUR_USD',
      granularity: 'D',
      from: undefined,
      until: undefined,
      count: 10,
      countedFrom: 'end',
    });

    expect(page.candles).toMatchObject([{ bidHigh: 1_000, quotes: 1, isComplete: true }]);
  });
});
