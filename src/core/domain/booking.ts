/** What a transaction booked on the balance of its account. */

import { unreachable } from '../shared/assert.ts';
import type { Transaction } from './transaction.ts';

export const BOOKING_KINDS = ['opening', 'transfer', 'trade', 'financing', 'dividend', 'other'] as const;
/** `opening`: the balance of an account that was taken over. `other`: a change that the broker's log states and does not explain. */
export type BookingKind = (typeof BOOKING_KINDS)[number];

/** The types of transaction that can move the balance. */
export const BOOKING_TYPES = [
  'account-adopted',
  'funds-transferred',
  'order-filled',
  'financing-charged',
  'dividend-adjusted',
  'other',
] as const satisfies readonly Transaction['type'][];

/** Where an amount comes from, in ten-thousandths. Commission is below zero when it was paid; the sum of all is the amount. */
export interface BookingParts {
  readonly realizedPnl: number;
  readonly financing: number;
  readonly commission: number;
  readonly transferred: number;
  readonly other: number;
}

/** One movement of the balance, in ten-thousandths of the account's currency; `at` in UTC ms, `balance` after it. */
export interface Booking extends BookingParts {
  readonly transactionId: number;
  readonly at: number;
  readonly kind: BookingKind;
  readonly instrument: string | undefined;
  readonly amount: number;
  readonly balance: number;
}

export const NOTHING_BOOKED: BookingParts = {
  realizedPnl: 0,
  financing: 0,
  commission: 0,
  transferred: 0,
  other: 0,
};

/** Returns the balance that a transaction states; undefined when it states none. */
export function statedBalance(transaction: Transaction): number | undefined {
  return 'balance' in transaction ? transaction.balance : undefined;
}

/** Returns what a transaction booked on a balance of `before`; undefined when that is nothing. */
export function bookingOf(transaction: Transaction, before: number): Booking | undefined {
  const { id: transactionId, at } = transaction;
  const balance = statedBalance(transaction);
  const booked = balance === undefined ? undefined : partsOf(transaction, balance - before);
  if (balance === undefined || booked === undefined) return undefined;
  const instrument = transaction.type === 'order-filled' ? transaction.instrument : undefined;
  const { kind, ...parts } = booked;
  return {
    transactionId,
    at,
    kind,
    instrument,
    amount: balance - before,
    balance,
    ...NOTHING_BOOKED,
    ...parts,
  };
}

function partsOf(
  transaction: Transaction,
  moved: number,
): (Partial<BookingParts> & { readonly kind: BookingKind }) | undefined {
  switch (transaction.type) {
    case 'account-adopted':
      return { kind: 'opening', transferred: moved };
    case 'funds-transferred':
      return { kind: 'transfer', transferred: moved };
    case 'financing-charged':
      return { kind: 'financing', financing: moved };
    case 'dividend-adjusted':
      return { kind: 'dividend', financing: moved };
    case 'order-filled': {
      const { closed, commission } = transaction;
      if (closed.length === 0 && commission === 0) return undefined;
      const realizedPnl = closed.reduce((sum, lot) => sum + lot.realizedPnl, 0);
      const financing = closed.reduce((sum, lot) => sum + lot.financing, 0);
      return { kind: 'trade', realizedPnl, financing, commission: 0 - commission };
    }
    case 'other':
      return moved === 0 ? undefined : { kind: 'other', other: moved };
    case 'account-opened':
    case 'account-configured':
    case 'margin-call-changed':
    case 'closure-delayed':
    case 'order-created':
    case 'order-rejected':
    case 'order-cancelled':
    case 'cancel-rejected':
      return undefined;
    default:
      return unreachable(transaction);
  }
}
