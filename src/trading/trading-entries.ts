/** What the journal says about an account's transactions, requests and denials. */

import { describeDenial } from '../core/domain/denial-text.ts';
import { instantText } from '../http/values.ts';
import { orderRowId, positionRowId } from '../core/domain/projection.ts';
import { accountEntry } from './account-entries.ts';
import { decisionDetails, signalDetails } from './order-decision.ts';
import { tradingEntry } from './trading-entry.ts';
import { formatMoney } from '../core/domain/money.ts';
import { formatPrice } from '../core/domain/instrument.ts';
import { netResult } from '../core/domain/trade.ts';
import type { DescribedDenial } from '../core/domain/denial-text.ts';
import type { DenyEffect } from '../core/engine/effect.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { LedgerChange, LedgerOrder } from '../core/domain/ledger.ts';
import type { Position } from '../core/domain/position.ts';
import type { CancelReason } from '../core/domain/transaction-reasons.ts';
import type { EntryOwner, EntrySubject, TradingEntry } from './trading-entry.ts';
import type { SubmittedOrder } from './order-decision.ts';
import type { OrderTerms } from '../core/domain/order.ts';
import type {
  ProjectedOrder,
  ProjectedPosition,
  ProjectedTrade,
  Projection,
} from '../core/domain/projection.ts';

export type { EntrySubject };

/**
 * Returns the entries for a stretch of the log: one for each order that changed, position that opened and trade that was made. An order that
 * only continues at the broker under another number, as with each renewal of its lease, has none. `sentAt` says when an order was sent.
 */
export function projectionEntries(
  subject: EntrySubject,
  changes: readonly LedgerChange[],
  projection: Projection,
  sentAt: (orderId: string) => number | undefined,
): JournalEntry[] {
  const rowIdOf = (position: Position): string => positionRowId(subject.accountId, position);
  const changed = changes.filter(({ transaction }) => transaction.type !== 'other');
  const changedAt = new Map(
    changed.flatMap(({ orders, transaction }) =>
      orders.map(({ orderId }) => [orderId, transaction.at] as const),
    ),
  );
  return [
    ...changes.flatMap((change) => accountEntry(subject, change, rowIdOf) ?? []),
    ...projection.orders
      .filter(({ order }) => changedAt.has(order.orderId))
      .map((projected) =>
        orderEntry(subject, projected, {
          marketTime: changedAt.get(projected.order.orderId),
          sentAt: sentAt(projected.id),
        }),
      ),
    ...projection.positions.filter(isNew).map((projected) => positionEntry(subject, projected)),
    ...projection.trades.map((projected) => tradeEntry(subject, projected)),
  ];
}

function isNew({ openingOrderId }: ProjectedPosition): boolean {
  return openingOrderId !== undefined;
}

const ORDER_ENTRY_TYPES: Partial<Record<LedgerOrder['status'], string>> = {
  accepted: 'order-accepted',
  partially_filled: 'order-partially-filled',
  filled: 'order-filled',
  cancelled: 'order-cancelled',
  expired: 'order-expired',
};

/** When an order changed in its market, and when it was sent by our clock, if that was not said before (UTC ms). */
interface OrderMoments {
  readonly marketTime: number | undefined;
  readonly sentAt: number | undefined;
}

function orderEntry(
  subject: EntrySubject,
  { id, positionId, order }: ProjectedOrder,
  { marketTime, sentAt }: OrderMoments,
): JournalEntry {
  const instrument = subject.instruments.named(order.terms.instrument);
  const at = order.averagePrice === undefined ? '' : ` at ${formatPrice(instrument, order.averagePrice)}`;
  const reason = order.reasonCode === undefined ? '' : ` (${order.reasonCode})`;
  return tradingEntry(subject, {
    type: ORDER_ENTRY_TYPES[order.status] ?? `order-${order.status}`,
    severity: isUnexpected(order) ? 'warning' : 'info',
    description: `${describeTerms(subject, order.terms)} ${order.status.replace('_', ' ')}${at}${reason}`,
    strategyId: order.strategyId,
    orderId: id,
    marketTime,
    details: {
      orderId: id,
      ...(positionId && { positionId }),
      reason: order.reasonCode,
      ...factsOf(order.terms),
      ...(order.averagePrice !== undefined && { averagePrice: formatPrice(instrument, order.averagePrice) }),
      ...sentDetails(sentAt),
    },
  });
}

/** Who placed the order, or a rule of theirs, asked for its end. */
const EXPECTED_ENDS: ReadonlySet<string | undefined> = new Set<CancelReason>([
  'client-request',
  'replaced',
  'linked-position-closed',
]);

/** What was expected did not happen; a cancelled protective order is routine, and what happens elsewhere is not ours to expect. */
function isUnexpected({ status, createdBy, reasonCode }: LedgerOrder): boolean {
  if (status === 'rejected') return true;
  const isOurs = createdBy === 'person' || createdBy === 'strategy';
  return status === 'cancelled' && isOurs && !EXPECTED_ENDS.has(reasonCode);
}

function sentDetails(sentAt: number | undefined) {
  return sentAt === undefined ? {} : { sentAt: new Date(sentAt).toISOString() };
}

function positionEntry(
  subject: EntrySubject,
  { id, openingOrderId, position }: ProjectedPosition,
): JournalEntry {
  const price = formatPrice(subject.instruments.named(position.instrument), position.entryPrice);
  return tradingEntry(subject, {
    type: 'position-opened',
    description: `${position.side} ${position.initialUnits} ${position.instrument} opened at ${price}`,
    strategyId: position.strategyId,
    orderId: openingOrderId,
    marketTime: position.openedAt,
    details: { positionId: id },
  });
}

function tradeEntry(
  subject: EntrySubject,
  { id, positionId, closingOrderId, trade }: ProjectedTrade,
): JournalEntry {
  const instrument = subject.instruments.named(trade.instrument);
  const result = formatMoney(netResult(trade));
  return tradingEntry(subject, {
    type: 'trade-closed',
    description:
      `${trade.side} ${trade.units} ${trade.instrument} ${formatPrice(instrument, trade.entryPrice)} → ` +
      `${formatPrice(instrument, trade.exitPrice)} (${trade.exitReason}): ${result} ${subject.currency}`,
    strategyId: trade.strategyId,
    details: {
      tradeId: id,
      positionId,
      result,
      currency: subject.currency,
      instrument: trade.instrument,
      side: trade.side,
      units: trade.units,
      entryPrice: formatPrice(instrument, trade.entryPrice),
      exitPrice: formatPrice(instrument, trade.exitPrice),
      exitReason: trade.exitReason,
    },
    orderId: closingOrderId,
    marketTime: trade.closedAt,
  });
}

/** Returns the entry for an order that filled before its cancel arrived, although another one of its group had filled. */
export function filledTwiceEntry(subject: EntrySubject, accountId: string, order: LedgerOrder): JournalEntry {
  const { terms, strategyId } = order;
  const orderId = orderRowId(accountId, order);
  return tradingEntry(subject, {
    type: 'order-group-filled-twice',
    severity: 'warning',
    description:
      `${describeTerms(subject, terms)} filled although another order of the group ${terms.ocoGroup} had filled: its cancel came too late. ` +
      'Both stand; close what is too much.',
    strategyId,
    orderId,
    marketTime: order.filledAt,
    details: { orderId, ...factsOf(terms) },
  });
}

/** Returns the entry for an order that is about to be sent. */
export function submittedEntry(subject: EntrySubject, order: SubmittedOrder): JournalEntry {
  return tradingEntry(subject, {
    type: 'order-submitted',
    description: `${describeTerms(subject, order.terms)} submitted`,
    strategyId: order.strategyId,
    orderId: order.id,
    marketTime: order.decidedAt,
    details: { orderId: order.id, ...decisionDetails(subject, order) },
  });
}

/** What a person can do about an order that was held back before the broker looked at it. */
const HELD_BACK: Readonly<Record<string, string>> = {
  'access-refused':
    ' The broker refused the token or the account. If that was false, the account continues to trade: place the order again if it is still wanted.',
  'rate-limited':
    ' The broker had too many requests: place the order again in a moment if it is still wanted.',
  'broker-unreachable': ' The broker was not reached: place the order again if it is still wanted.',
};

/** Returns the entry for an order that the broker's log certainly does not hold. */
export function notSentEntry(
  subject: EntrySubject,
  orderId: string,
  reason: string,
  { marketTime, sentAt }: OrderMoments,
): JournalEntry {
  return tradingEntry(subject, {
    type: 'order-rejected',
    severity: 'warning',
    description: `The order did not take effect at the broker (${reason}).${HELD_BACK[reason] ?? ''}`,
    orderId,
    marketTime,
    details: { orderId, reason, ...sentDetails(sentAt) },
  });
}

/** Returns a denial as a person reads it, with its numbers in the units of the account. */
export function describedDenial(
  { instruments, currency }: EntrySubject,
  effect: DenyEffect,
): DescribedDenial {
  const instrument = effect.instrument === undefined ? undefined : instruments.find(effect.instrument);
  return describeDenial(effect, { currency, instrument, instantText });
}

/** Returns the entry for a request that we denied. */
export function deniedEntry(subject: EntrySubject, effect: DenyEffect): JournalEntry {
  const what = effect.request ? describeTerms(subject, effect.request.terms) : 'Change or close';
  const { code, field, sentence, facts } = describedDenial(subject, effect);
  return tradingEntry(subject, {
    type: 'order-denied',
    severity: 'warning',
    description: `${what} denied: ${sentence}`,
    strategyId: effect.strategyId,
    orderId: effect.request?.id,
    marketTime: effect.at,
    details: {
      code,
      field,
      ...(effect.request?.signal && { signal: signalDetails(subject, effect.request.signal) }),
      ...(effect.numbers && { facts }),
      ...(effect.request && { orderId: effect.request.id, ...factsOf(effect.request.terms) }),
    },
  });
}

/** Returns an entry about the account or a strategy as a whole. */
export function statusEntry(subject: EntryOwner, entry: TradingEntry): JournalEntry {
  return tradingEntry(subject, entry);
}

/** What an order is, for texts in other languages. */
function factsOf({ instrument, orderType, side, units }: OrderTerms) {
  return { instrument, orderType, side, units };
}

function describeTerms({ instruments }: EntrySubject, terms: OrderTerms): string {
  // A denied order may name an instrument that the account does not have.
  const instrument = instruments.find(terms.instrument);
  const price = instrument && terms.price !== undefined ? ` at ${formatPrice(instrument, terms.price)}` : '';
  return `${terms.orderType} ${terms.side} ${terms.units} ${terms.instrument}${price}`;
}
