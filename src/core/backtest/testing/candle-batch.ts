/** Batches of candles for tests, written as rows. */

import type { CandleRows } from '../../domain/candle.ts';

/** Prices of one side in points. */
export type Prices = readonly [open: number, high: number, low: number, close: number];

/** One candle, from `at` (UTC ms) on. */
export interface CandleRow {
  readonly at: number;
  readonly bid: Prices;
  readonly ask: Prices;
}

/** Returns the same price on the other side of an even spread. */
export const withSpread = ([open, high, low, close]: Prices, spread: number): Prices => [
  open + spread,
  high + spread,
  low + spread,
  close + spread,
];

/** Returns rows as the columns that a backtest is fed. */
export function candleBatch(rows: readonly CandleRow[]): CandleRows {
  const column = (side: 'bid' | 'ask', price: number) =>
    Int32Array.from(rows, (row) => row[side][price] ?? 0);
  return {
    times: Float64Array.from(rows, ({ at }) => at),
    bidOpen: column('bid', 0),
    bidHigh: column('bid', 1),
    bidLow: column('bid', 2),
    bidClose: column('bid', 3),
    askOpen: column('ask', 0),
    askHigh: column('ask', 1),
    askLow: column('ask', 2),
    askClose: column('ask', 3),
  };
}
