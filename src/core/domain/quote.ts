/** One bid and ask of an instrument at a time. */

/** A quote. `at` is UTC milliseconds; `bid` and `ask` are whole points with bid ≤ ask. */
export interface Quote {
  readonly instrument: string;
  readonly at: number;
  readonly bid: number;
  readonly ask: number;
}

/** Quotes of one instrument in columns, in order of time (UTC ms); prices are points. */
export interface QuoteRows {
  readonly times: Float64Array;
  readonly bid: Int32Array;
  readonly ask: Int32Array;
}

/** A stretch of rows: from the first to before the last. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Returns the middle of bid and ask in points; a half point is possible. */
export function midPoints(quote: { readonly bid: number; readonly ask: number }): number {
  return (quote.bid + quote.ask) / 2;
}

/** Returns the first row of a range, or of all, that is at or after an instant (UTC ms); the end where all are earlier. */
export function firstRow(times: Float64Array, at: number, range?: RowRange): number {
  let low = range?.from ?? 0;
  let high = range?.to ?? times.length;
  // What is asked for a range is mostly whether all of it is earlier.
  if (high > low && (times[high - 1] ?? 0) < at) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
