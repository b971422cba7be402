import type { Position } from '../../domain/position.ts';
import { NOTHING_BOOKED } from '../../domain/testing/nothing-booked.ts';

/** Returns a lot of EUR_USD as a strategy sees it in its view. */
export function heldPosition(brokerPositionId: number, side: Position['side'], stopLoss?: number): Position {
  return {
    brokerPositionId,
    orderId: 1,
    instrument: 'EUR_USD',
    side,
    initialUnits: 1,
    openUnits: 1,
    entryPrice: 110_000,
    ...NOTHING_BOOKED,
    openedAt: 0,
    stopLoss,
  };
}
