/** Parameters under which each strategy type acts often: short periods, narrow distances. */

import { present } from '../../shared/assert.ts';
import type { Json } from '../../shared/json.ts';

/** What a person would write as parameters, all but the granularity. */
export type StrategyInput = Readonly<Record<string, Json>>;

const INPUTS: Readonly<Record<string, StrategyInput>> = {
  ema_cross: { fast: 2, slow: 4, atrStop: 1.5 },
  trend_following: { fast: 2, slow: 4, atrPeriod: 3, atrMultiplier: 1.5, riskPerTrade: 0.001 },
  donchian_breakout: { lookback: 5, exitLookback: 3 },
  rsi_reversion: { rsiPeriod: 3, oversold: 40, overbought: 60, allowShort: true, atrStop: 2 },
  snowball: {
    emaFast: 1,
    emaSlow: 2,
    headPips: 4,
    tailPips: 2,
    trendTakeProfitPips: 6,
    partialClosePips: 3,
    stopLossPips: 9,
    rebuildMinutes: 1,
    maxSlots: 3,
    lossCut: 'staged',
    lossCutPips: 8,
  },
};

/** Returns the lively parameters of a type; InvariantError for a type that has none here: give it some when it is registered. */
export function livelyInput(type: string): StrategyInput {
  return present(INPUTS[type], `lively parameters of ${type} in lively-inputs.ts`);
}
