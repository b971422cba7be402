/** What the journal says about transactions that concern an account as a whole: its money, its settings, its margin. */

import { formatMoney } from '../core/domain/money.ts';
import { unreachable } from '../core/shared/assert.ts';
import { tradingEntry } from './trading-entry.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { LedgerChange } from '../core/domain/ledger.ts';
import type { Position } from '../core/domain/position.ts';
import { LEASE_RENEWAL } from '../core/domain/transaction.ts';
import type { MarginCallChanged, Transaction } from '../core/domain/transaction.ts';
import type { EntrySubject, TradingEntry } from './trading-entry.ts';

const MARGIN_CALLS: Record<MarginCallChanged['state'], string> = {
  entered: 'The broker warns that margin is short: it may close positions.',
  extended: 'The broker extended its warning that margin is short.',
  exited: 'The broker took its warning back: there is enough margin again.',
};

/** Returns the entry about a change of the account as a whole, or undefined when it was about orders; `rowIdOf` names a position's row. */
export function accountEntry(
  subject: EntrySubject,
  { transaction, positions }: LedgerChange,
  rowIdOf: (position: Position) => string,
): JournalEntry | undefined {
  const entry = entryOf(transaction, subject.currency);
  if (!entry) return undefined;
  const positionIds = positions.length > 0 ? { positionIds: positions.map(rowIdOf) } : {};
  return tradingEntry(subject, {
    ...entry,
    details: { ...entry.details, ...positionIds },
    marketTime: transaction.at,
  });
}

function entryOf(transaction: Transaction, currency: string): TradingEntry | undefined {
  const { type } = transaction;
  switch (type) {
    case 'account-adopted': {
      const { balance, positions, orders, id } = transaction;
      const description =
        `Taken over at the broker's transaction ${id}: ` +
        `${positions.length} open positions, ${orders.length} open orders, balance ${moneyText(balance, currency)}`;
      return { type, description, details: { balance: formatMoney(balance) } };
    }
    case 'funds-transferred': {
      const { amount, balance, reason } = transaction;
      const direction = amount < 0 ? 'paid out' : 'paid in';
      return bookedEntry({ type, what: direction, amount: Math.abs(amount), balance, currency }, { reason });
    }
    case 'financing-charged':
    case 'dividend-adjusted': {
      const what = type === 'financing-charged' ? 'financing' : 'dividends';
      return bookedEntry({ ...transaction, what, currency }, {});
    }
    case 'account-configured': {
      const { alias, marginRate } = transaction;
      return {
        type,
        description: "The account's settings at the broker changed.",
        details: { alias, marginRate },
      };
    }
    case 'margin-call-changed': {
      const { state } = transaction;
      const severity = state === 'exited' ? 'info' : 'critical';
      return { type, severity, description: MARGIN_CALLS[state], details: { state } };
    }
    case 'closure-delayed':
      return {
        type,
        severity: 'critical',
        description: 'Margin is short: the broker closes positions as soon as their market opens.',
        details: { brokerPositionIds: transaction.brokerPositionIds },
      };
    case 'other': {
      const { brokerType, balance } = transaction;
      // A renewal comes several times an hour for each order that rests.
      if (brokerType === LEASE_RENEWAL) return undefined;
      const stated = balance === undefined ? '' : `, balance ${moneyText(balance, currency)}`;
      return { type: 'other-transaction', description: `${brokerType}${stated}`, details: { brokerType } };
    }
    case 'account-opened':
    case 'order-created':
    case 'order-rejected':
    case 'order-cancelled':
    case 'order-filled':
    case 'cancel-rejected':
      return undefined;
    default:
      return unreachable(transaction);
  }
}

interface Booked {
  readonly type: string;
  readonly what: string;
  readonly amount: number;
  readonly balance: number;
  readonly currency: string;
}

function bookedEntry({ type, what, amount, balance, currency }: Booked, details: object): TradingEntry {
  return {
    type,
    description: `${moneyText(amount, currency)} ${what}, balance ${formatMoney(balance)}`,
    details: { amount: formatMoney(amount), balance: formatMoney(balance), ...details },
  };
}

function moneyText(money: number, currency: string): string {
  return `${formatMoney(money)} ${currency}`;
}
