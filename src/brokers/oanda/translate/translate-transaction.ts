/** OANDA's transactions in our words. Each is read by itself; what is of no use to us keeps its number and its balance. */

import Type from 'typebox';
import { dividendTransaction, financingTransaction, transferTransaction } from './booking-transactions.ts';
import { fillTransaction } from './fill-transaction.ts';
import {
  cancelledTransaction,
  cancelRejectedTransaction,
  createdTransaction,
  createdType,
  rejectedTransaction,
  rejectedType,
} from './order-transactions.ts';
import { reader } from './unreadable.ts';
import {
  Decimal,
  Id,
  idOf,
  instantOf,
  isGiven,
  maybe,
  moneyOf,
  numberOf,
  textOf,
  wordIn,
} from './wire-values.ts';
import type {
  AccountConfigured,
  ClosureDelayed,
  OtherTransaction,
  Transaction,
  TransactionHead,
} from '../../../core/domain/transaction.ts';
import type { TranslationContext } from './order-terms.ts';

const readHead = reader(
  Type.Object({
    id: Id,
    batchID: maybe(Id),
    time: Type.String(),
    type: Type.String(),
    accountBalance: maybe(Decimal),
  }),
);
const readConfiguration = reader(Type.Object({ alias: maybe(Type.String()), marginRate: maybe(Decimal) }));
const readDelayedClosure = reader(
  Type.Object({ tradeIDs: maybe(Type.Union([Type.Array(Id), Type.String()])) }),
);

type Translate = (raw: unknown, head: TransactionHead, context: TranslationContext) => Transaction;

const marginCall =
  (state: 'entered' | 'extended' | 'exited'): Translate =>
  (_raw, head) => ({ ...head, type: 'margin-call-changed', state });

const TRANSLATIONS: Readonly<Record<string, Translate>> = {
  ORDER_FILL: fillTransaction,
  ORDER_CANCEL: cancelledTransaction,
  TRANSFER_FUNDS: transferTransaction,
  DAILY_FINANCING: financingTransaction,
  DIVIDEND_ADJUSTMENT: dividendTransaction,
  CLIENT_CONFIGURE: configuredTransaction,
  DELAYED_TRADE_CLOSURE: closureDelayedTransaction,
  MARGIN_CALL_ENTER: marginCall('entered'),
  MARGIN_CALL_EXTEND: marginCall('extended'),
  MARGIN_CALL_EXIT: marginCall('exited'),
};

/**
 * Returns the transaction. One of a type that we have no use for, or do not know, is `other`. Unreadable when one of a known type lacks
 * what orders, positions or money depend on.
 */
export function translateTransaction(raw: unknown, context: TranslationContext): Transaction {
  const read = readHead(raw, 'a transaction');
  const id = idOf(read.id);
  const head = { id, batchId: idOf(read.batchID ?? read.id), at: instantOf(read.time) };
  return translate(raw, read.type, head, context) ?? other(read.type, read.accountBalance, head);
}

function translate(
  raw: unknown,
  type: string,
  head: TransactionHead,
  context: TranslationContext,
): Transaction | undefined {
  const created = createdType(type);
  if (created) return createdTransaction(raw, head, created, context);
  const rejected = rejectedType(type);
  if (rejected) return rejectedTransaction(raw, head, rejected, context);
  // A rejected cancel that names no order by number concerns none of ours.
  if (type === 'ORDER_CANCEL_REJECT' && hasOrder(raw)) return cancelRejectedTransaction(raw, head);
  return wordIn(TRANSLATIONS, type)?.(raw, head, context);
}

function other(
  brokerType: string,
  balance: string | number | null | undefined,
  head: TransactionHead,
): OtherTransaction {
  return { ...head, type: 'other', brokerType, balance: isGiven(balance) ? moneyOf(balance) : undefined };
}

function configuredTransaction(raw: unknown, head: TransactionHead): AccountConfigured {
  const { alias, marginRate } = readConfiguration(raw, `CLIENT_CONFIGURE ${head.id}`);
  const rate = isGiven(marginRate) ? numberOf(marginRate) : undefined;
  return { ...head, type: 'account-configured', alias: textOf(alias), marginRate: rate };
}

function closureDelayedTransaction(raw: unknown, head: TransactionHead): ClosureDelayed {
  const { tradeIDs } = readDelayedClosure(raw, `DELAYED_TRADE_CLOSURE ${head.id}`);
  // The published schema has one text, the documentation a list.
  const ids = typeof tradeIDs === 'string' ? tradeIDs.split(',').filter((id) => id !== '') : (tradeIDs ?? []);
  return { ...head, type: 'closure-delayed', brokerPositionIds: ids.map(idOf) };
}

function hasOrder(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null && 'orderID' in raw && raw.orderID !== null;
}
