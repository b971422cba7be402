/**
 * First in, first out, as brokers in the United States hold an account to it, of positions of one size in one instrument. Source: NFA rule
 * 2-43(b); OANDA v20, FIFO_VIOLATION and FIFO_VIOLATION_SAFEGUARD_VIOLATION.
 */

import { positionNumber } from '../domain/denial.ts';
import type { Denial } from '../domain/denial.ts';
import type { OrderTerms, ProtectionRequest } from '../domain/order.ts';
import type { Position } from '../domain/position.ts';
import type { EngineState } from './engine-state.ts';

/** Returns the position that must be closed before this one: the oldest of its size that is not being closed; undefined when it may go. */
export function lotToCloseFirst(state: EngineState, position: Position): Position | undefined {
  if (!state.fifo) return undefined;
  for (const lot of state.portfolio.ledger.openPositions.values()) {
    if (lot.brokerPositionId === position.brokerPositionId) return undefined;
    if (isTwin(lot, position) && !state.isClosing(lot.brokerPositionId)) return lot;
  }
  return undefined;
}

/** Returns why a close is denied: an older position of the size is open. */
export function judgeFifoClose(state: EngineState, position: Position | undefined): Denial | undefined {
  const first = position && lotToCloseFirst(state, position);
  return first && denialOf('fifo-close-violated', first);
}

/** Returns why an entry with protection is denied: a position of its size has some. */
export function judgeFifoEntry(state: EngineState, terms: OrderTerms): Denial | undefined {
  const { takeProfit, stopLoss, trailingDistance, takeProfitDistance, stopLossDistance, units } = terms;
  const levels = [takeProfit, stopLoss, trailingDistance, takeProfitDistance, stopLossDistance];
  if (levels.every((level) => level === undefined)) return undefined;
  return judgeTwins(state, { ...terms, openUnits: units, brokerPositionId: undefined });
}

/** Returns why protecting a position is denied that had no protection yet: another one of its size has some. */
export function judgeFifoProtection(
  state: EngineState,
  position: Position | undefined,
  {
    takeProfit,
    stopLoss,
    trailingDistance,
    stopLossDistance,
  }: Pick<ProtectionRequest, 'takeProfit' | 'stopLoss' | 'trailingDistance' | 'stopLossDistance'>,
): Denial | undefined {
  const isAsked = [takeProfit, stopLoss, trailingDistance, stopLossDistance].some((level) => level != null);
  return isAsked && position && !isProtected(position) ? judgeTwins(state, position) : undefined;
}

interface Lot extends Pick<Position, 'instrument' | 'openUnits'> {
  readonly brokerPositionId: number | undefined;
}

function judgeTwins(state: EngineState, position: Lot): Denial | undefined {
  if (!state.fifo) return undefined;
  for (const lot of state.portfolio.ledger.openPositions.values()) {
    const isOther = lot.brokerPositionId !== position.brokerPositionId;
    if (isOther && isTwin(lot, position) && isProtected(lot))
      return denialOf('fifo-protection-violated', lot);
  }
  return undefined;
}

/** An account there is never long and short, so the side need not be compared. */
function isTwin(lot: Position, { instrument, openUnits }: Lot): boolean {
  return lot.instrument === instrument && lot.openUnits === openUnits;
}

function isProtected({ takeProfit, stopLoss, trailingDistance }: Position): boolean {
  return [takeProfit, stopLoss, trailingDistance].some((level) => level !== undefined);
}

function denialOf(code: 'fifo-close-violated' | 'fifo-protection-violated', first: Position): Denial {
  return { code, numbers: { first: positionNumber(first.brokerPositionId) } };
}
