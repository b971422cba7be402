/** Makes chunks of candles. */

import { encodeColumns } from '../series/price-codec.ts';
import { assembleColumns } from '../series/price-columns.ts';
import type { Candle } from '../../core/domain/candle.ts';
import type { PriceChunk } from '../series/price-chunks.ts';

/** Returns one to 10,000 candles in order of time as one chunk. How many quotes each was made of is not stored. */
export function candleChunk(candles: readonly Candle[]): PriceChunk {
  const column = (price: (candle: Candle) => number): Int32Array => Int32Array.from(candles, price);
  const times = Float64Array.from(candles, ({ startsAt }) => startsAt);
  const data = encodeColumns(
    assembleColumns('candles', times, [
      column(({ bidOpen }) => bidOpen),
      column(({ bidHigh }) => bidHigh),
      column(({ bidLow }) => bidLow),
      column(({ bidClose }) => bidClose),
      column(({ askOpen }) => askOpen),
      column(({ askHigh }) => askHigh),
      column(({ askLow }) => askLow),
      column(({ askClose }) => askClose),
    ]),
  );
  return { startsAt: times[0] ?? 0, endsAt: times.at(-1) ?? 0, rows: times.length, data };
}
