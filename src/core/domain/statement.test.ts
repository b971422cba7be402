/** Bookings and statements: the log as money, to the last ten-thousandth. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bookingOf, NOTHING_BOOKED } from './booking.ts';
import { statementOf } from './statement.ts';
import { DAY_MS, HOUR_MS, tradingDayEnd } from './trading-calendar.ts';
import type { Booking } from './booking.ts';
import type { OrderFilled, Transaction } from './transaction.ts';

/** Friday 1 March 2024, 10:00 UTC. Its trading day ends at 22:00 UTC. */
const FRIDAY = Date.UTC(2024, 2, 1, 10);
const FRIDAY_ENDS = FRIDAY + 12 * HOUR_MS;

function fill(parts: Partial<OrderFilled>): OrderFilled {
  return {
    type: 'order-filled',
    id: 7,
    batchId: 6,
    at: FRIDAY,
    orderId: 6,
    instrument: 'EUR_USD',
    side: 'sell',
    units: 1_000,
    price: 110_000,
    bid: 110_000,
    ask: 110_010,
    reason: 'market',
    openedUnits: 0,
    closed: [],
    commission: 0,
    spreadCost: 0,
    slippageCost: 0,
    balance: 1_000_000,
    ...parts,
  };
}

function lot(realizedPnl: number, financing: number) {
  return { brokerPositionId: 3, units: 500, realizedPnl, financing, conversionCost: 0 };
}

function booking(at: number, amount: number, parts: Partial<Booking> = { transferred: amount }): Booking {
  const head = { transactionId: 1, at, kind: 'transfer', instrument: undefined } as const;
  return { ...head, amount, balance: 0, ...NOTHING_BOOKED, ...parts };
}

describe('a booking', () => {
  it('of a fill is results, financing and commission, which are its amount', () => {
    const closing = fill({ closed: [lot(500, -20), lot(-100, 5)], commission: 30, balance: 1_000_355 });

    expect(bookingOf(closing, 1_000_000)).toEqual({
      transactionId: 7,
      at: FRIDAY,
      kind: 'trade',
      instrument: 'EUR_USD',
      amount: 355,
      balance: 1_000_355,
      realizedPnl: 400,
      financing: -15,
      commission: -30,
      transferred: 0,
      other: 0,
    });
  });

  it('is none of a fill that only opened, and of what states no new balance', () => {
    expect(bookingOf(fill({ openedUnits: 1_000 }), 1_000_000)).toBeUndefined();
    const head = { id: 8, batchId: 8, at: FRIDAY };
    expect(bookingOf({ ...head, type: 'other', brokerType: 'X' }, 5)).toBeUndefined();
    expect(bookingOf({ ...head, type: 'other', brokerType: 'X', balance: 5 }, 5)).toBeUndefined();
    expect(bookingOf({ ...head, type: 'account-opened', currency: 'USD' }, 0)).toBeUndefined();
  });

  it.each<[string, Transaction, Partial<Booking>]>([
    [
      'a transfer',
      { type: 'funds-transferred', id: 2, batchId: 2, at: 0, amount: -50, balance: 50 },
      { kind: 'transfer', transferred: -50 },
    ],
    [
      'financing',
      { type: 'financing-charged', id: 2, batchId: 2, at: 0, amount: -50, charges: [], balance: 50 },
      { kind: 'financing', financing: -50 },
    ],
    [
      'a dividend',
      { type: 'dividend-adjusted', id: 2, batchId: 2, at: 0, amount: -50, charges: [], balance: 50 },
      { kind: 'dividend', financing: -50 },
    ],
    [
      'what the log does not explain',
      { type: 'other', id: 2, batchId: 2, at: 0, brokerType: 'X', balance: 50 },
      { kind: 'other', other: -50 },
    ],
  ])('of %s says where it comes from', (_case, transaction, parts) => {
    expect(bookingOf(transaction, 100)).toMatchObject({
      amount: -50,
      balance: 50,
      ...NOTHING_BOOKED,
      ...parts,
    });
  });
});

describe('a statement', () => {
  it('ends its days at 17:00 New York, and what is booked at that moment is of the next', () => {
    const days = statementOf(
      [booking(FRIDAY_ENDS - 1, 100), booking(FRIDAY_ENDS, 7), booking(FRIDAY_ENDS + 3 * DAY_MS - 1, -2)],
      { from: FRIDAY, until: FRIDAY_ENDS + 3 * DAY_MS, openingBalance: 1_000 },
    );

    expect(
      days.map(({ endsAt, openingBalance, transferred, closingBalance }) => [
        new Date(endsAt).toISOString().slice(0, 10),
        openingBalance,
        transferred,
        closingBalance,
      ]),
    ).toEqual([
      ['2024-03-01', 1_000, 100, 1_100],
      // A Saturday is not traded; it is there because something was booked.
      ['2024-03-02', 1_100, 7, 1_107],
      ['2024-03-04', 1_107, -2, 1_105],
    ]);
  });

  it('of any bookings adds up: in each day, from day to day, and all together', () => {
    const amount = fc.integer({ min: -1_000_000, max: 1_000_000 });
    const some = fc.record({
      after: fc.integer({ min: 0, max: 40 * DAY_MS }),
      realizedPnl: amount,
      financing: amount,
      commission: amount,
      transferred: amount,
      other: amount,
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 60 }), amount, (all, openingBalance) => {
        const bookings = all
          .sort((a, b) => a.after - b.after)
          .map(({ after, ...parts }) =>
            booking(
              FRIDAY + after,
              Object.values(parts).reduce((sum, part) => sum + part, 0),
              parts,
            ),
          );
        const range = { from: FRIDAY, until: FRIDAY + 41 * DAY_MS, openingBalance };

        const days = statementOf(bookings, range);

        let balance = openingBalance;
        let endedAt = 0;
        for (const day of days) {
          expect(day.openingBalance).toBe(balance);
          balance += day.realizedPnl + day.financing + day.commission + day.transferred + day.other;
          expect(day.closingBalance).toBe(balance);
          expect(day.endsAt).toBe(tradingDayEnd(day.startsAt));
          expect(day.startsAt).toBeGreaterThanOrEqual(endedAt);
          endedAt = day.endsAt;
        }
        expect(balance).toBe(bookings.reduce((sum, one) => sum + one.amount, openingBalance));
      }),
    );
  });
});
