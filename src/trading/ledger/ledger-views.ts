/** Bookings and statements as people see them. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { BOOKING_KINDS } from '../../core/domain/booking.ts';
import { formatMoney } from '../../core/domain/money.ts';
import { SENTENCE } from '../../http/field-errors.ts';
import { Decimal, Instant, instantText, InstrumentName, orNull } from '../../http/values.ts';
import { namedObject } from '../../http/schemas.ts';
import type { Booking, BookingParts } from '../../core/domain/booking.ts';
import type { StatementDay } from '../../core/domain/statement.ts';

function amountOf(description: string) {
  return Type.String({ ...Decimal, description });
}

const parts = {
  realizedPnl: amountOf('Results of closed positions.'),
  financing: amountOf('Interest and dividends; below zero when they were paid.'),
  commission: amountOf('Below zero when it was paid.'),
  transferred: amountOf('Paid in or out, or there when the account was connected.'),
  other: amountOf("What the broker's log states and does not explain."),
};

export const BookingView = namedObject('Booking', {
  transactionId: Type.String({ description: "The number of the transaction in the broker's log." }),
  at: Instant,
  kind: Type.Enum(BOOKING_KINDS),
  instrument: orNull(InstrumentName),
  amount: amountOf('What the balance changed by: the sum of the five below.'),
  ...parts,
  balance: amountOf('The balance after it.'),
});

export const Day = Type.String({
  pattern: '^\\d{4}-\\d{2}-\\d{2}$',
  description: 'A trading day, by the date in New York on which it ends at 17:00.',
  examples: ['2026-03-02'],
  [SENTENCE]: 'must be a date of the calendar, such as 2026-03-02',
});

export const StatementDayView = namedObject('StatementDay', {
  day: Day,
  openingBalance: Decimal,
  ...parts,
  closingBalance: amountOf('The opening balance and the five before.'),
});

export function bookingView(booking: Booking): Static<typeof BookingView> {
  return {
    transactionId: String(booking.transactionId),
    at: instantText(booking.at),
    kind: booking.kind,
    instrument: booking.instrument ?? null,
    amount: formatMoney(booking.amount),
    ...partsView(booking),
    balance: formatMoney(booking.balance),
  };
}

export function statementDayView(day: StatementDay): Static<typeof StatementDayView> {
  return {
    // 17:00 in New York is 21:00 or 22:00 UTC of the same date.
    day: instantText(day.endsAt).slice(0, 10),
    openingBalance: formatMoney(day.openingBalance),
    ...partsView(day),
    closingBalance: formatMoney(day.closingBalance),
  };
}

function partsView({ realizedPnl, financing, commission, transferred, other }: BookingParts) {
  return {
    realizedPnl: formatMoney(realizedPnl),
    financing: formatMoney(financing),
    commission: formatMoney(commission),
    transferred: formatMoney(transferred),
    other: formatMoney(other),
  };
}
