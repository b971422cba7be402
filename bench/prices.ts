/** Prices for benchmarks: a seeded walk, so that every run and every machine works on the same. */

import { createPrng } from '../src/core/shared/prng.ts';
import { MINUTE_MS } from '../src/core/domain/trading-calendar.ts';
import { isMarketOpen, nextOpenInstant } from '../src/core/domain/trading-hours.ts';
import { assembleColumns, LONGEST_BATCH_ROWS, priceColumnsOf } from '../src/prices/series/price-columns.ts';
import type { CandleColumns, PriceColumns, QuoteColumns } from '../src/prices/series/price-columns.ts';

/** Monday 2024-01-01 22:00 UTC: the market is about to open. */
export const START = Date.UTC(2024, 0, 1, 22);
/** What is decided on the last candle before a pause would wait for its end, which the bare loop knows nothing of. */
const LEFT_OUT_MS = 2 * MINUTE_MS;
const FIRST_PRICE = 110_000;

/** Returns the instant itself while the market is open for some time to come, else when it opens next. */
function open(at: number): number {
  const opensAt = nextOpenInstant('forex', at);
  return isMarketOpen('forex', opensAt + LEFT_OUT_MS)
    ? opensAt
    : nextOpenInstant('forex', opensAt + LEFT_OUT_MS);
}

/** Returns quotes about a second apart that walk by points, with a spread of 6 to 12 points. */
export function walkQuotes(rows: number): QuoteColumns {
  const random = createPrng(2024);
  const columns: QuoteColumns = {
    kind: 'quotes',
    times: new Float64Array(rows),
    bid: new Int32Array(rows),
    ask: new Int32Array(rows),
  };
  let at = START;
  let price = FIRST_PRICE;
  for (let row = 0; row < rows; row += 1) {
    at = open(at + 250 + Math.floor(random() * 1_500));
    price += Math.floor(random() * 7) - 3;
    columns.times[row] = at;
    columns.bid[row] = price;
    columns.ask[row] = price + 6 + Math.floor(random() * 7);
  }
  return columns;
}

/** Returns minute candles that walk by points, the ask `spread` points above the bid. */
export function walkCandles(rows: number, spread: number): CandleColumns {
  const random = createPrng(42);
  const column = () => new Int32Array(rows);
  const times = new Float64Array(rows);
  const [bidOpen, bidHigh, bidLow, bidClose] = [column(), column(), column(), column()];
  let price = FIRST_PRICE;
  let at = START - 60_000;
  for (let row = 0; row < rows; row += 1) {
    at = open(at + 60_000);
    const close = price + Math.floor(random() * 41) - 20;
    times[row] = at;
    bidOpen[row] = price;
    bidClose[row] = close;
    bidHigh[row] = Math.max(price, close) + Math.floor(random() * 15);
    bidLow[row] = Math.min(price, close) - Math.floor(random() * 15);
    price = close + Math.floor(random() * 3) - 1;
  }
  const above = (bid: Int32Array) => bid.map((points) => points + spread);
  return {
    kind: 'candles',
    times,
    bidOpen,
    bidHigh,
    bidLow,
    bidClose,
    askOpen: above(bidOpen),
    askHigh: above(bidHigh),
    askLow: above(bidLow),
    askClose: above(bidClose),
  };
}

/** Cuts prices into batches as they are stored. */
export function inBatches<Columns extends PriceColumns>(columns: Columns): readonly Columns[] {
  const count = Math.ceil(columns.times.length / LONGEST_BATCH_ROWS);
  return Array.from({ length: count }, (_, index) => {
    const [first, end] = [index * LONGEST_BATCH_ROWS, (index + 1) * LONGEST_BATCH_ROWS];
    const prices = priceColumnsOf(columns).map((column) => column.subarray(first, end));
    // Of the kind it was given; only the compiler does not see it.
    return assembleColumns(columns.kind, columns.times.subarray(first, end), prices) as Columns;
  });
}
