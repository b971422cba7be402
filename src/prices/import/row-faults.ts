/** What is wrong with the prices of a row, looked up in the columns it was written to. */

import type { BadRowKind } from './bad-rows.ts';

/** Returns the fault of the quote at `row` of the columns bid and ask, or undefined. */
export function quoteFault(prices: readonly Int32Array[], row: number): BadRowKind | undefined {
  return pointsAt(prices, 0, row) > pointsAt(prices, 1, row) ? 'bid-above-ask' : undefined;
}

/** Returns the fault of the candle at `row` of the columns bid open, high, low, close and the same of ask, or undefined. */
export function candleFault(prices: readonly Int32Array[], row: number): BadRowKind | undefined {
  // Read once each: this runs for every row of an import.
  const bidOpen = pointsAt(prices, 0, row);
  const bidHigh = pointsAt(prices, 1, row);
  const bidLow = pointsAt(prices, 2, row);
  const bidClose = pointsAt(prices, 3, row);
  const askOpen = pointsAt(prices, 4, row);
  const askHigh = pointsAt(prices, 5, row);
  const askLow = pointsAt(prices, 6, row);
  const askClose = pointsAt(prices, 7, row);
  // When neither open nor close lies outside low and high, the high is not below the low either.
  if (bidOpen < bidLow || bidOpen > bidHigh || bidClose < bidLow || bidClose > bidHigh)
    return 'high-below-low';
  if (askOpen < askLow || askOpen > askHigh || askClose < askLow || askClose > askHigh)
    return 'high-below-low';
  const isCrossed = bidOpen > askOpen || bidHigh > askHigh || bidLow > askLow || bidClose > askClose;
  return isCrossed ? 'bid-above-ask' : undefined;
}

function pointsAt(prices: readonly Int32Array[], column: number, row: number): number {
  return prices[column]?.[row] ?? 0;
}
