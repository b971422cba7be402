/** The statement of a stored account over a range of trading days. */

import { statementOf } from '../../core/domain/statement.ts';
import { DAY_MS, HOUR_MS, tradingDayEnd, tradingDayStart } from '../../core/domain/trading-calendar.ts';
import { refusedQuery } from '../../http/refused-query.ts';
import type { Booking } from '../../core/domain/booking.ts';
import type { StatementDay } from '../../core/domain/statement.ts';
import type { BookingStore } from './booking-store.ts';

const DEFAULT_DAYS = 31;
/** A year and some, so that one of the calendar fits wherever it begins. */
const MOST_DAYS = 400;

/** The first and last trading day that are wanted, by the dates on which they end. */
export interface StatementQuery {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The account, and the latest time (UTC ms) at which its balance is known; undefined while it is not. */
export interface StatementSubject {
  readonly accountId: string;
  readonly knownUntil: number | undefined;
}

/** Returns the days of a statement, oldest first: none before the account's log begins, none after what is known. */
export async function accountStatement(
  bookings: BookingStore,
  { accountId, knownUntil }: StatementSubject,
  query: StatementQuery,
): Promise<readonly StatementDay[]> {
  const wanted = wantedRange(query, knownUntil);
  const beginsAt = await bookings.beginsAt(accountId);
  if (wanted === undefined || beginsAt === undefined || knownUntil === undefined) return [];
  const from = Math.max(wanted.from, tradingDayStart(beginsAt));
  const until = Math.min(wanted.until, tradingDayEnd(knownUntil));
  const booked: Booking[] = [];
  let openingBalance = 0;
  for await (const booking of bookings.newestOf(accountId, { until })) {
    if (booking.at < from) {
      openingBalance = booking.balance;
      break;
    }
    booked.push(booking);
  }
  return statementOf(booked.reverse(), { from, until, openingBalance });
}

/** The range in UTC ms; undefined when the account has nothing to end it with. Throws `invalid-request` for one that cannot be. */
function wantedRange(
  { from, to }: StatementQuery,
  knownUntil: number | undefined,
): { readonly from: number; readonly until: number } | undefined {
  const given = { from: dayEnd('/from', from), to: dayEnd('/to', to) };
  const until = given.to ?? (knownUntil === undefined ? undefined : tradingDayEnd(knownUntil));
  if (until === undefined) return undefined;
  const firstEnd = given.from ?? tradingDayEnd(until - DEFAULT_DAYS * DAY_MS);
  if (firstEnd > until) throw refusedQuery('/from', 'must not be after `to`');
  if (until - firstEnd > MOST_DAYS * DAY_MS)
    throw refusedQuery(
      '/from',
      `must be at most ${MOST_DAYS} days before \`to\`: ask for the years one by one`,
    );
  return { from: tradingDayStart(firstEnd - 1), until };
}

/** 17:00 in New York on a date. */
function dayEnd(pointer: string, date: string | undefined): number | undefined {
  if (date === undefined) return undefined;
  const midnight = Date.parse(date);
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date))
    throw refusedQuery(pointer, 'must be a date of the calendar, such as 2026-03-02');
  // 23:00 UTC is after 17:00 and before midnight of that date in New York.
  return tradingDayStart(midnight + 23 * HOUR_MS);
}
