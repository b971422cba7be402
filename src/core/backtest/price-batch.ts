/** The prices that a backtest is fed, in columns; the column formats of the price store fit as they are. */

/** Candles in time order. `times` is when each starts (UTC ms), the prices are whole points; all columns have the same length. */
export interface CandleBatch {
  readonly times: Float64Array;
  readonly bidOpen: Int32Array;
  readonly bidHigh: Int32Array;
  readonly bidLow: Int32Array;
  readonly bidClose: Int32Array;
  readonly askOpen: Int32Array;
  readonly askHigh: Int32Array;
  readonly askLow: Int32Array;
  readonly askClose: Int32Array;
}
