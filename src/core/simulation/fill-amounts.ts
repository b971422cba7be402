/** The money of a fill: what closed lots gain or lose, and what the fill costs. */

import { bookMoney, pointsValue } from '../domain/money.ts';
import { directionOf } from '../domain/position.ts';
import { present } from '../shared/assert.ts';
import type { AccountValue } from '../domain/account-value.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { ClosedLot } from '../domain/transaction.ts';
import type { PlannedClosing } from './fill-plan.ts';

/**
 * Returns what closing at `price` books for a lot. The result is rounded once, at the rate for gains or for losses; the
 * conversion cost is what the middle rate would have given more. Nothing here charges financing.
 */
export function closedLot(
  { position, units }: PlannedClosing,
  price: number,
  instrument: Instrument,
  value: AccountValue,
): ClosedLot {
  const points = (price - position.entryPrice) * directionOf(position.side);
  const rate = present(value.bookingRate(instrument, points >= 0), 'rate of', instrument.quote);
  const realizedPnl = bookMoney(pointsValue(instrument, units, points, rate));
  const conversionCost = valueAtMiddle(instrument, units, points, value) - realizedPnl;
  return { brokerPositionId: position.brokerPositionId, units, realizedPnl, financing: 0, conversionCost };
}

/** Returns what `units` moving by `points` are worth at the middle rate, rounded: how costs are stated. */
export function valueAtMiddle(
  instrument: Instrument,
  units: number,
  points: number,
  value: AccountValue,
): number {
  return bookMoney(
    pointsValue(
      instrument,
      units,
      points,
      present(value.rateOf(instrument.quote), 'rate of', instrument.quote),
    ),
  );
}
