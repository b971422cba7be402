/** What an engine saves of its parts, and takes over again. */

import type { EngineParts } from './engine-parts.ts';
import type { SavedEngine } from './saved-engine.ts';

/** Returns what the parts cannot learn from the log. */
export function saveEngine({ state, strategies, unwinding }: EngineParts): SavedEngine {
  return {
    version: 1,
    at: state.at,
    isHalted: state.isHaltedByPerson,
    ...state.equityRules.save(),
    periods: state.periods.save(),
    spreads: state.usualSpreads.save(),
    quotes: state.saveQuotes(),
    candles: strategies.saveCandles(),
    queues: strategies.saveQueues(),
    closings: unwinding.save(),
    endings: unwinding.saveEndings(),
    protections: state.wantedProtection.save(),
  };
}

/** Takes over what was saved; prices come again from `resumesAt` (UTC ms) on. InvariantError when a strategy is attached already. */
export function restoreEngine(
  { state, strategies, unwinding }: EngineParts,
  saved: SavedEngine,
  resumesAt: number,
): void {
  strategies.restoreCandles(saved.candles, { from: saved.at, until: Math.max(resumesAt, state.at) });
  state.restore(saved);
  // The log that was absorbed is history; a fill that comes from here on is judged at the saved prices, as without a restart.
  state.hasPricesBegun ||= saved.quotes.length > 0;
  state.areRestoredPricesOld = resumesAt - saved.at > state.maximumQuoteAgeMs;
  strategies.restoreQueues(saved.queues);
  unwinding.restore(saved.closings, saved.endings);
  state.wantedProtection.restore(saved.protections, saved.at);
}
