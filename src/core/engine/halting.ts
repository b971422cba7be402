/** Halts and their end: by a person, by a rule about the equity, for the whole account or one strategy. */

import { lotToCloseFirst } from './fifo.ts';
import { nextLongClose, nextOpenInstant } from '../domain/trading-hours.ts';
import { positionValue } from '../domain/position-value.ts';
import { watchStops } from './stop-watch.ts';
import type { Position } from '../domain/position.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { StrategyDetachedEvent } from './engine-event.ts';
import type { EngineParts } from './engine-parts.ts';
import type { EngineState } from './engine-state.ts';
import type { Unwinding } from './unwinding.ts';

/** Follows up every rule about the account that looks at it by itself, and not at an order. */
export function checkRules(parts: EngineParts): void {
  checkEquity(parts);
  watchStops(parts);
}

/** Halts the account when a rule about its equity says so, and warns when a limit on losses is near. */
export function checkEquity(parts: EngineParts): void {
  const { limits, watchesEquity, equityRules, hasPricesBegun, areRestoredPricesOld } = parts.state;
  if (!watchesEquity || !hasPricesBegun || areRestoredPricesOld) return;
  checkLosses(parts);
  for (const { name, code } of equityRules.halts.look(limits)) {
    const rule = name === 'profitTarget' ? limits.profitTarget : undefined;
    const { positions = 'keep' } = (name === 'profitLock' ? limits.profitLock : rule) ?? {};
    haltByRule(parts, code, positions);
  }
  const isToClose = limits.marginGuard?.positions === 'close_largest_loss';
  if (isToClose && equityRules.halts.isMarginShort(limits)) closeLargestLoss(parts);
}

/** One at a time, and none while another is on its way: what it frees may be enough. */
function closeLargestLoss({ state, unwinding }: EngineParts): void {
  const { ledger, value } = state.portfolio;
  let worst: { readonly position: Position; readonly result: number } | undefined;
  for (const position of ledger.openPositions.values()) {
    const { brokerPositionId } = position;
    if (!state.isMarketOpen(position.instrument)) continue;
    if (unwinding.isClosing(brokerPositionId) || state.isClosing(brokerPositionId)) return;
    const result = positionValue(value, position)?.unrealizedPnl ?? 0;
    if (!worst || result < worst.result) worst = { position, result };
  }
  if (!worst) return;
  const { brokerPositionId } = lotToCloseFirst(state, worst.position) ?? worst.position;
  unwinding.closeUrgently(brokerPositionId);
}

function checkLosses(parts: EngineParts): void {
  const { state } = parts;
  for (const { name, code, loss } of state.equityRules.losses) {
    const { [name]: limit } = state.limits;
    const found = limit === undefined ? undefined : loss.look(limit);
    if (found === 'reached') haltByRule(parts, code, 'keep');
    else if (found === 'near' && limit !== undefined)
      state.emit({ type: 'limit-near', name, limit, loss: loss.loss(), at: state.at });
  }
}

function haltByRule(
  { state, unwinding, strategies }: EngineParts,
  code: DenialCode,
  positions: 'keep' | 'close',
): void {
  state.emit({ type: 'halt', code, at: state.at });
  if (positions === 'keep') return unwinding.endEntries('halt');
  strategies.dropQueues();
  unwinding.endEntries('close');
  unwinding.closePositions();
}

/**
 * The market closes for long soon: ends what the account does not want to hold then. Where it has closed by `seenAt` (UTC ms) already, only
 * entries are cancelled, and those only while it is closed: a position that is closed now would be closed at the gap and the wide spread of
 * the opening.
 */
export function beginWeekend({ state, unwinding }: EngineParts, seenAt: number): void {
  const { weekend } = state.limits;
  const closesAt = nextLongClose('forex', state.timers.of('weekend'));
  state.timers.set('weekend', Infinity);
  if (closesAt <= seenAt) {
    if (nextOpenInstant('forex', seenAt) > seenAt) unwinding.endEntries('halt');
    if (weekend?.positions === 'close') noteKept(state, unwinding);
  } else if (weekend?.positions === 'close') {
    unwinding.endEntries('close');
    unwinding.closePositions();
  } else if (weekend?.entries === 'cancel') unwinding.endEntries('halt');
}

/** Positions whose close was asked for in time are not kept: that close stands until they are gone. */
function noteKept(state: EngineState, unwinding: Unwinding): void {
  let positions = 0;
  for (const brokerPositionId of state.portfolio.ledger.openPositions.keys())
    if (!unwinding.isClosing(brokerPositionId)) positions += 1;
  if (positions > 0) state.emit({ type: 'weekend-missed', positions, at: state.at });
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

/** Trades again; after a halt by a limit on losses the loss counts from now. */
export function resume({ state, unwinding }: EngineParts): void {
  state.isHaltedByPerson = false;
  state.equityRules.resume();
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
