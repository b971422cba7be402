/** Protection that a position should have and has not: asked for again, or replaced by a close where the market has passed its price. */

import { exitPriceAt, openingSide } from '../domain/position.ts';
import { isStopLossBeyond, isTakeProfitBeyond } from './protection-levels.ts';
import { PART_OF } from './wanted-protection.ts';
import type { ProtectionRequest } from '../domain/order.ts';
import type { Position } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import type { EngineState } from './engine-state.ts';
import type { Unwinding } from './unwinding.ts';
import type { WantedOrder } from './wanted-protection.ts';

/** Follows up what positions in the quote's instrument miss. */
export function followMissing(state: EngineState, unwinding: Unwinding, quote: Quote): void {
  const { wantedProtection, portfolio } = state;
  for (const order of wantedProtection.missedAt(state.at)) {
    const position = portfolio.ledger.openPositions.get(order.brokerPositionId);
    if (!position || position[PART_OF[order.orderType]] !== undefined) wantedProtection.forget(order);
    else if (position.instrument === quote.instrument && !unwinding.isClosing(order.brokerPositionId))
      follow(state, unwinding, { order, position, quote });
  }
}

function follow(
  state: EngineState,
  unwinding: Unwinding,
  { order, position, quote }: { order: WantedOrder; position: Position; quote: Quote },
): void {
  const { brokerPositionId } = order;
  if (isPassed(order, position, quote)) {
    state.wantedProtection.forget(order);
    unwinding.closeUrgently(brokerPositionId);
  } else if (state.wantedProtection.isDue(order, state.at)) {
    const change = order.level === undefined ? { stopLossDistance: order.distance } : levelOf(order);
    state.emit({
      type: 'change-protection',
      request: { brokerPositionId, ...change, decidedAt: state.at },
    });
  }
}

function levelOf({ orderType, level }: WantedOrder): Partial<ProtectionRequest> {
  return { [PART_OF[orderType]]: level };
}

/** Whether the market has passed the price at which the order would have closed the position. */
function isPassed({ orderType, level }: WantedOrder, { side }: Position, quote: Quote): boolean {
  if (level == null || orderType === 'trailing_stop') return false;
  const isAhead = orderType === 'stop_loss' ? isStopLossBeyond : isTakeProfitBeyond;
  return !isAhead(openingSide(side), level, exitPriceAt(side, quote));
}
