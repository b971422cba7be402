/** What orders would make of an account: its units on either side and the margin they need. Risk gate and exchange both ask here. */

import { pointsValue } from './money.ts';
import { reducesFirst } from './order.ts';
import { addUnits, subtractUnits, sumUnits } from './units.ts';
import type { AccountValue, OpenUnits } from './account-value.ts';
import type { Instrument } from './instrument.ts';
import type { OrderSide, OrderTerms } from './order.ts';

/** What is open in an instrument after fills, and how many units the fills opened. */
export interface FilledUnits {
  readonly open: OpenUnits;
  readonly openedUnits: number;
}

/** Returns what is open after an order filled whole: what it may reduce of the other side first, the rest opened if it may open. */
export function fillUnits(
  { long, short }: OpenUnits,
  terms: Pick<OrderTerms, 'side' | 'units' | 'positionFill'>,
  hedging: boolean,
): FilledUnits {
  const { side, units, positionFill } = terms;
  const closed = reducesFirst(terms, hedging) ? Math.min(units, side === 'buy' ? short : long) : 0;
  const openedUnits = positionFill === 'REDUCE_ONLY' ? 0 : subtractUnits(units, closed);
  const open =
    side === 'buy'
      ? { long: addUnits(long, openedUnits), short: subtractUnits(short, closed) }
      : { long: subtractUnits(long, closed), short: addUnits(short, openedUnits) };
  return { open, openedUnits };
}

/**
 * Returns the most units of one instrument that its entry orders can lead to in the direction of `side`. Nothing offsets an order, not
 * even one at the market: what it would reduce may be gone when it arrives, closed by its stop, by the broker or by another program, and
 * then it opens all its units. A hedging account has no direction: all units count, of both sides.
 */
export function exposureOf(
  { long, short }: OpenUnits,
  entries: readonly OrderTerms[],
  { side, hedging }: { readonly side: OrderSide; readonly hedging: boolean },
): number {
  if (hedging) return sumUnits([long, short, sumOfUnits(entries)]);
  return addUnits(side === 'buy' ? long : short, sumOfUnits(entries.filter((entry) => entry.side === side)));
}

/**
 * Returns what fills take of the free margin, in ten-thousandths and not rounded: the growth of what the instrument binds, and
 * what the opened units lose at once, because they are bought at one side of the market and valued at the other. Source: OANDA
 * wants margin available for both. Undefined without a price to go by.
 */
export function marginNeed(
  value: AccountValue,
  instrument: Instrument,
  filled: FilledUnits,
  lostPoints: number,
): number | undefined {
  const before = value.marginFor(instrument, value.openUnits(instrument.name));
  const after = value.marginFor(instrument, filled.open);
  const lossRate = value.bookingRate(instrument, false);
  if (before === undefined || after === undefined || lossRate === undefined) return undefined;
  return after - before + pointsValue(instrument, filled.openedUnits, lostPoints, lossRate);
}

function sumOfUnits(entries: readonly OrderTerms[]): number {
  return sumUnits(entries.map(({ units }) => units));
}
