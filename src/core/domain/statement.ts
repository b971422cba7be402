/** The statement of an account: what each trading day booked. */

import { NOTHING_BOOKED } from './booking.ts';
import { isTradingDay, tradingDayEnd, tradingDayStart } from './trading-calendar.ts';
import type { Booking, BookingParts } from './booking.ts';

/**
 * A trading day from `startsAt` to 17:00 New York at `endsAt` (UTC ms), in ten-thousandths: `openingBalance` and all parts are
 * `closingBalance`. What is booked at the very end belongs to the next day.
 */
export interface StatementDay extends BookingParts {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly openingBalance: number;
  readonly closingBalance: number;
}

/** The time that a statement is of, in UTC ms, and the balance that it begins with. */
export interface StatementRange {
  readonly from: number;
  readonly until: number;
  readonly openingBalance: number;
}

/**
 * Returns the days that hold any time of the range, oldest first: those that are traded, and those with a booking. `bookings` are all of
 * these days, oldest first.
 */
export function statementOf(bookings: readonly Booking[], range: StatementRange): readonly StatementDay[] {
  const byDay = Map.groupBy(bookings, ({ at }) => tradingDayStart(at));
  const days: StatementDay[] = [];
  let openingBalance = range.openingBalance;
  for (
    let startsAt = tradingDayStart(range.from);
    startsAt < range.until;
    startsAt = tradingDayEnd(startsAt)
  ) {
    const booked = byDay.get(startsAt) ?? [];
    if (booked.length === 0 && !isTradingDay(startsAt)) continue;
    const closingBalance = booked.reduce((sum, { amount }) => sum + amount, openingBalance);
    days.push({
      startsAt,
      endsAt: tradingDayEnd(startsAt),
      openingBalance,
      ...booked.reduce(addParts, NOTHING_BOOKED),
      closingBalance,
    });
    openingBalance = closingBalance;
  }
  return days;
}

function addParts(sum: BookingParts, parts: BookingParts): BookingParts {
  return {
    realizedPnl: sum.realizedPnl + parts.realizedPnl,
    financing: sum.financing + parts.financing,
    commission: sum.commission + parts.commission,
    transferred: sum.transferred + parts.transferred,
    other: sum.other + parts.other,
  };
}
