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

/** Rows, with the lowest and the highest of their prices. */
export interface RowStretch extends RowRange {
  readonly lowBid: number;
  readonly highBid: number;
  readonly lowAsk: number;
  readonly highAsk: number;
}

/** Returns the middle of bid and ask in points; a half point is possible. */
export function midPoints(quote: { readonly bid: number; readonly ask: number }): number {
  return (quote.bid + quote.ask) / 2;
}

/** Returns the first row of a range, or of all, that is at or after an instant (UTC ms); the end where all are earlier. */
export function firstRow(times: Float64Array, at: number, range?: RowRange): number {
  let low = range?.from ?? 0;
  let high = range?.to ?? times.length;
  // It is mostly near the beginning: steps are doubled until one is too long, then the last one is halved.
  for (let step = 8; low + step < high; step *= 2) {
    if ((times[low + step] ?? 0) >= at) high = low + step;
    else low += step;
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
