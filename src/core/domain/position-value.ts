/** What one open lot is worth at the newest price. */

import { bookMoney, pointsValue } from './money.ts';
import { directionOf, exitPriceAt } from './position.ts';
import type { AccountValue } from './account-value.ts';
import type { Position } from './position.ts';

/** Where a lot would close now, in points, and what that would bring, in ten-thousandths of the account's currency. */
export interface PositionValue {
  readonly price: number;
  readonly unrealizedPnl: number;
}

/**
 * Returns what an open lot is worth: a long one closes at the bid, a short one at the ask, and the result is converted as it would be
 * booked. Undefined while a price is missing, its own or one to convert by.
 */
export function positionValue(
  value: AccountValue,
  { instrument: name, side, openUnits, entryPrice }: Position,
): PositionValue | undefined {
  const quote = value.quoteOf(name);
  const instrument = value.instruments.find(name);
  if (quote === undefined || instrument === undefined) return undefined;
  const price = exitPriceAt(side, quote);
  const points = directionOf(side) * (price - entryPrice);
  const rate = value.bookingRate(instrument, points > 0);
  if (rate === undefined) return undefined;
  return { price, unrealizedPnl: bookMoney(pointsValue(instrument, openUnits, points, rate)) };
}
