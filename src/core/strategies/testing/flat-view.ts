/** What a strategy sees that holds nothing, for tests. */

import type { StrategyView } from '../strategy.ts';

/** 10,000.00 in an account that nets, at time 0 and without a price. */
export const FLAT_VIEW: StrategyView = {
  at: 0,
  quote: undefined,
  quoteOf: () => undefined,
  positions: [],
  orders: [],
  hasOpenOrder: false,
  isUnderWay: () => false,
  equity: 100_000_000,
  marginUsed: 0,
  marginAvailable: 100_000_000,
  hedging: false,
};
