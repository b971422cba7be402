/** Makes chunks of candles. */

import { encodeColumns } from '../series/price-codec.ts';
import { assembleColumns } from '../series/price-columns.ts';
import { Problem } from '../../core/shared/problem.ts';
import { FAULTS } from './bad-rows.ts';
import { candleFault } from './row-faults.ts';
import type { Candle } from '../../core/domain/candle.ts';
import type { PriceChunk } from '../series/price-chunks.ts';

/**
 * Returns one to 10,000 candles in order of time as one chunk. How many quotes each was made of is not stored. A candle that contradicts
 * itself is the problem `price-data-invalid`: backtests rely on what is stored.
 */
export function candleChunk(candles: readonly Candle[]): PriceChunk {
  const column = (price: (candle: Candle) => number): Int32Array => Int32Array.from(candles, price);
  const times = Float64Array.from(candles, ({ startsAt }) => startsAt);
  const prices = [
    column(({ bidOpen }) => bidOpen),
    column(({ bidHigh }) => bidHigh),
    column(({ bidLow }) => bidLow),
    column(({ bidClose }) => bidClose),
    column(({ askOpen }) => askOpen),
    column(({ askHigh }) => askHigh),
    column(({ askLow }) => askLow),
    column(({ askClose }) => askClose),
  ];
  for (let row = 0; row < times.length; row += 1) assertSound(prices, row, times[row] ?? 0);
  const data = encodeColumns(assembleColumns('candles', times, prices));
  return { startsAt: times[0] ?? 0, endsAt: times.at(-1) ?? 0, rows: times.length, data };
}

function assertSound(prices: readonly Int32Array[], row: number, startsAt: number): void {
  const fault = candleFault(prices, row);
  if (fault === undefined) return;
  const time = new Date(startsAt).toISOString();
  throw new Problem('price-data-invalid', `Of the broker's candle of ${time}, ${FAULTS[fault]}.`);
}
