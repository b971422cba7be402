/** What a strategy sees while it is shown candles of the past: their prices, and an account that holds nothing. */

import type { Candle } from '../domain/candle.ts';
import type { StrategyView } from './strategy.ts';

/** Returns the view at the end of a candle. */
export function historicalView({
  instrument,
  endsAt: at,
  bidClose: bid,
  askClose: ask,
}: Candle): StrategyView {
  const quote = { instrument, at, bid, ask };
  return {
    at,
    quote,
    quoteOf: (name) => (name === instrument ? quote : undefined),
    positions: [],
    orders: [],
    hasOpenOrder: false,
    isUnderWay: () => false,
    equity: 0,
    marginUsed: 0,
    marginAvailable: 0,
    hedging: false,
  };
}
