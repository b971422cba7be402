/** What the journal says about an account's transactions, requests and denials. */

import { DENIALS } from '../core/domain/denial.ts';
import { formatMoney } from '../core/domain/money.ts';
import { formatPrice, instrumentNamed } from '../core/domain/instrument.ts';
import { netResult } from '../core/domain/trade.ts';
import type { DenyEffect } from '../core/engine/effect.ts';
import type { JournalEntry, Severity } from '../core/domain/journal-entry.ts';
import type { LedgerOrder } from '../core/domain/ledger.ts';
import type { OrderTerms } from '../core/domain/order.ts';
import type {
  ProjectedOrder,
  ProjectedPosition,
  ProjectedTrade,
  Projection,
} from '../core/domain/projection.ts';
import type { Transaction } from '../core/domain/transaction.ts';

/** The account that facts are about, and who owns it. */
export interface FactSubject {
  readonly accountId: string;
  readonly userId: string;
  readonly currency: string;
}

interface Fact {
  readonly type: string;
  readonly description: string;
  readonly severity?: Severity;
  readonly strategyId?: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
}

function tradingEntry(subject: FactSubject, fact: Fact): JournalEntry {
  return {
    category: 'trading',
    type: fact.type,
    severity: fact.severity ?? 'info',
    description: fact.description,
    userId: subject.userId,
    accountId: subject.accountId,
    strategyId: fact.strategyId,
    details: fact.details,
  };
}

/** Returns the entries for a stretch of the log: one for each order that changed, position that opened and trade that was made. */
export function projectionFacts(
  subject: FactSubject,
  transactions: readonly Transaction[],
  projection: Projection,
): JournalEntry[] {
  const funds = transactions.flatMap((transaction) =>
    transaction.type === 'funds-transferred'
      ? [fundsFact(subject, transaction.amount, transaction.balance)]
      : [],
  );
  return [
    ...funds,
    ...projection.orders.map((projected) => orderFact(subject, projected)),
    ...projection.positions.filter(isNew).map((projected) => positionFact(subject, projected)),
    ...projection.trades.map((projected) => tradeFact(subject, projected)),
  ];
}

function isNew({ openingOrderId }: ProjectedPosition): boolean {
  return openingOrderId !== undefined;
}

function fundsFact(subject: FactSubject, amount: number, balance: number): JournalEntry {
  return tradingEntry(subject, {
    type: 'funds-transferred',
    description: `${formatMoney(amount)} ${subject.currency} paid in, balance ${formatMoney(balance)}`,
    details: { amount: formatMoney(amount), balance: formatMoney(balance) },
  });
}

const ORDER_FACTS: Partial<Record<LedgerOrder['status'], string>> = {
  accepted: 'order-accepted',
  filled: 'order-filled',
  cancelled: 'order-cancelled',
  expired: 'order-expired',
};

function orderFact(subject: FactSubject, { id, positionId, order }: ProjectedOrder): JournalEntry {
  const instrument = instrumentNamed(order.terms.instrument);
  const at = order.averagePrice === undefined ? '' : ` at ${formatPrice(instrument, order.averagePrice)}`;
  const reason = order.reasonCode === undefined ? '' : ` (${order.reasonCode})`;
  return tradingEntry(subject, {
    type: ORDER_FACTS[order.status] ?? `order-${order.status}`,
    // A cancelled entry means that what was wanted did not happen; a cancelled protective order is routine.
    severity: order.status === 'cancelled' && order.createdBy !== 'broker' ? 'warning' : 'info',
    description: `${describeTerms(order.terms)} ${order.status}${at}${reason}`,
    strategyId: order.strategyId,
    details: { orderId: id, ...(positionId && { positionId }), reason: order.reasonCode },
  });
}

function positionFact(subject: FactSubject, { id, position }: ProjectedPosition): JournalEntry {
  const price = formatPrice(instrumentNamed(position.instrument), position.entryPrice);
  return tradingEntry(subject, {
    type: 'position-opened',
    description: `${position.side} ${position.initialUnits} ${position.instrument} opened at ${price}`,
    strategyId: position.strategyId,
    details: { positionId: id },
  });
}

function tradeFact(subject: FactSubject, { id, positionId, trade }: ProjectedTrade): JournalEntry {
  const instrument = instrumentNamed(trade.instrument);
  const result = formatMoney(netResult(trade));
  return tradingEntry(subject, {
    type: 'trade-closed',
    description:
      `${trade.side} ${trade.units} ${trade.instrument} ${formatPrice(instrument, trade.entryPrice)} → ` +
      `${formatPrice(instrument, trade.exitPrice)} (${trade.exitReason}): ${result} ${subject.currency}`,
    strategyId: trade.strategyId,
    details: { tradeId: id, positionId, result },
  });
}

/** Returns the entry for an order that is about to be sent. */
export function submittedFact(
  subject: FactSubject,
  order: { id: string; terms: OrderTerms; strategyId?: string | undefined },
): JournalEntry {
  return tradingEntry(subject, {
    type: 'order-submitted',
    description: `${describeTerms(order.terms)} submitted`,
    strategyId: order.strategyId,
    details: { orderId: order.id },
  });
}

/** Returns the entry for an order that the broker's log certainly does not hold. */
export function notSentFact(subject: FactSubject, orderId: string, reason: string): JournalEntry {
  return tradingEntry(subject, {
    type: 'order-rejected',
    severity: 'warning',
    description: `The order did not take effect at the broker (${reason}).`,
    details: { orderId, reason },
  });
}

/** Returns the entry for a request that we denied. */
export function deniedFact(subject: FactSubject, effect: DenyEffect): JournalEntry {
  const what = effect.request ? describeTerms(effect.request.terms) : 'A request';
  return tradingEntry(subject, {
    type: 'order-denied',
    severity: 'warning',
    description: `${what} denied: ${DENIALS[effect.code]}`,
    strategyId: effect.strategyId,
    details: { code: effect.code, ...(effect.request && { orderId: effect.request.id }) },
  });
}

/** Returns an entry about the account or a strategy as a whole. */
export function statusFact(subject: FactSubject, fact: Fact): JournalEntry {
  return tradingEntry(subject, fact);
}

function describeTerms(terms: OrderTerms): string {
  const price =
    terms.price === undefined ? '' : ` at ${formatPrice(instrumentNamed(terms.instrument), terms.price)}`;
  return `${terms.orderType} ${terms.side} ${terms.units} ${terms.instrument}${price}`;
}
