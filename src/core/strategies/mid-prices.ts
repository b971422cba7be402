/** The middle of bid and ask of a candle, in points (a half is possible): what indicators look at. */

import type { Candle } from '../domain/candle.ts';

/** Returns the middle of the candle's highs. */
export function midHigh(candle: Candle): number {
  return (candle.bidHigh + candle.askHigh) / 2;
}

/** Returns the middle of the candle's lows. */
export function midLow(candle: Candle): number {
  return (candle.bidLow + candle.askLow) / 2;
}

/** Returns the middle of the candle's closes. */
export function midClose(candle: Candle): number {
  return (candle.bidClose + candle.askClose) / 2;
}
