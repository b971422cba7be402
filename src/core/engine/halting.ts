/** Halts and their end: by a person, by the daily loss limit, for the whole account or one strategy. */

import type { StrategyDetachedEvent } from './engine-event.ts';
import type { EngineParts } from './engine-parts.ts';

/** Halts the account until the next trading day when the day's loss has reached its limit. */
export function checkDailyLoss({ state, unwinding }: EngineParts): void {
  const { limits, dayLoss, hasPricesBegun } = state;
  if (limits.maxDailyLoss === undefined || dayLoss.isTripped || !hasPricesBegun) return;
  if (!dayLoss.isReached(limits.maxDailyLoss)) return;
  dayLoss.trip();
  state.emit({ type: 'halt', code: 'daily-loss-exceeded', at: state.at });
  unwinding.endEntries('halt');
}

/** No new exposure: orders that rest would be just that, so they are cancelled. */
export function halt({ state, unwinding }: EngineParts): void {
  state.isHaltedByPerson = true;
  unwinding.endEntries('halt');
}

/** Halts, cancels and closes everything. */
export function kill({ state, unwinding, strategies }: EngineParts): void {
  state.isHaltedByPerson = true;
  strategies.dropQueues();
  unwinding.endEntries('close');
  unwinding.closePositions();
}

/** Trades again; after a halt by the daily loss limit the day's loss counts from now. */
export function resume({ state, unwinding }: EngineParts): void {
  state.isHaltedByPerson = false;
  if (state.dayLoss.isTripped) state.dayLoss.rearm();
  unwinding.endHalt();
}

/** Ends a strategy. Its orders are cancelled in both modes: no strategy would manage what they opened. */
export function detach(
  { unwinding, strategies }: EngineParts,
  { strategyId, mode }: StrategyDetachedEvent,
): void {
  strategies.detach(strategyId);
  unwinding.endEntries(mode === 'close' ? 'close' : 'cancel', strategyId);
  if (mode === 'close') unwinding.closePositions(strategyId);
}
