import { describe, expect, it } from 'vitest';
import { CandleHistory } from './candle-history.ts';
import { candleBatch, withSpread } from './testing/candle-batch.ts';

/** A Tuesday. */
const TEN = Date.UTC(2024, 2, 5, 10);
const MINUTE = 60_000;

const wish = (until: number) => ({ instrument: 'EUR_USD', granularity: 'M2', until }) as const;

function minutes(count: number, from = TEN) {
  return candleBatch(
    Array.from({ length: count }, (_, index) => {
      const bid = [110_000 + index, 110_005 + index, 109_995 + index, 110_002 + index] as const;
      return { at: from + index * MINUTE, bid, ask: withSpread(bid, 10) };
    }),
  );
}

describe('A history of candles', () => {
  it('is put together from finer candles, and ends where it is wanted', () => {
    const history = new CandleHistory(wish(TEN + 5 * MINUTE));
    history.feedCandles(minutes(60), 'M1');

    expect(history.last(10)).toMatchObject([
      { startsAt: TEN, endsAt: TEN + 2 * MINUTE, bidOpen: 110_000, bidHigh: 110_006, bidClose: 110_003 },
      { startsAt: TEN + 2 * MINUTE, endsAt: TEN + 4 * MINUTE, bidOpen: 110_002, bidClose: 110_005 },
    ]);
  });

  it('is its last candles when fewer are wanted, and none when none are', () => {
    const history = new CandleHistory(wish(TEN + 60 * MINUTE));
    history.feedCandles(minutes(60), 'M1');

    expect(history.last(3).map(({ endsAt }) => (endsAt - TEN) / MINUTE)).toEqual([56, 58, 60]);
    expect(history.last(0)).toEqual([]);
  });

  it('is made of quotes of an open market', () => {
    const saturday = Date.UTC(2024, 2, 9, 12);
    const history = new CandleHistory(wish(saturday + 60 * MINUTE));
    const times = [TEN, TEN + MINUTE, TEN + 2 * MINUTE, saturday, saturday + 2 * MINUTE];
    history.feedQuotes({
      times: Float64Array.from(times),
      bid: Int32Array.from([5, 7, 9, 1, 1]),
      ask: Int32Array.from([6, 8, 10, 2, 2]),
    });

    expect(history.last(9).map(({ bidClose }) => bidClose)).toEqual([7, 9]);
  });
});
