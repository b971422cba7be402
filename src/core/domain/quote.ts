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
