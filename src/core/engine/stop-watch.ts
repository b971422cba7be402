/** Positions without a stop on an account that requires one: reported, or given one where the account names a distance. */

import { pointsPerPip, TENTHS_PER_PIP } from '../domain/instrument.ts';
import { directionOf, exitPriceAt } from '../domain/position.ts';
import { CLOSE_RETRY_MS, changeProtection } from './requests.ts';
import type { Position } from '../domain/position.ts';
import type { EngineParts } from './engine-parts.ts';
import type { EngineState } from './engine-state.ts';

/** Looks at each open position, where the account requires stops. A position is reported once until it has one. */
export function watchStops({ state, unwinding }: EngineParts): void {
  const { requireStopLoss } = state.limits;
  if (requireStopLoss === undefined || !state.hasPricesBegun) return;
  for (const position of state.portfolio.ledger.openPositions.values()) {
    const { brokerPositionId } = position;
    const isProtected = position.stopLoss !== undefined || position.trailingDistance !== undefined;
    if (isProtected) state.missingStops.delete(brokerPositionId);
    else if (!unwinding.isClosing(brokerPositionId) && !state.wantedProtection.wantsStop(brokerPositionId))
      follow(state, position, requireStopLoss.distancePoints);
  }
  for (const brokerPositionId of state.missingStops.keys()) {
    if (!state.portfolio.ledger.openPositions.has(brokerPositionId))
      state.missingStops.delete(brokerPositionId);
  }
}

function follow(state: EngineState, position: Position, distance: number | undefined): void {
  const { brokerPositionId, instrument } = position;
  const seenAt = state.missingStops.get(brokerPositionId);
  if (seenAt !== undefined && (distance === undefined || state.at < seenAt + CLOSE_RETRY_MS)) return;
  const stopLoss = distance === undefined ? undefined : stopAt(state, position, distance);
  const isAsked =
    stopLoss !== undefined &&
    changeProtection(state, { brokerPositionId, stopLoss, decidedAt: state.at }) === undefined;
  state.missingStops.set(brokerPositionId, state.at);
  if (seenAt === undefined)
    state.emit({ type: 'stop-missing', brokerPositionId, instrument, isGiven: isAsked, at: state.at });
}

/** A stop at the distance from where the position would close now; undefined while no fresh price says where that is. */
function stopAt(
  state: EngineState,
  { instrument: name, side }: Position,
  distance: number,
): number | undefined {
  const instrument = state.instrument(name);
  const quote = state.quoteOf(name);
  if (!instrument || !quote || state.quoteAgeMs(name) > state.maximumQuoteAgeMs) return undefined;
  if (!state.isMarketOpen(name)) return undefined;
  const points = Math.max(1, Math.round((distance * pointsPerPip(instrument)) / TENTHS_PER_PIP));
  return exitPriceAt(side, quote) - directionOf(side) * points;
}
