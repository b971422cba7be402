/** Orders of ours as they are recorded, each with its entry in the journal: before they are sent, or when they are denied. */

import { isProtective, LONGEST_OCO_GROUP, LONGEST_TAG } from '../core/domain/order.ts';
import { positionRowId } from '../core/domain/projection.ts';
import { FINEST_UNITS, isUnits } from '../core/domain/units.ts';
import { deniedEntry, submittedEntry } from './trading-entries.ts';
import type { DenyEffect } from '../core/engine/effect.ts';
import type { Engine } from '../core/engine/engine.ts';
import type { OrderTerms } from '../core/domain/order.ts';
import type { Position } from '../core/domain/position.ts';
import type { Signal } from '../core/domain/signal.ts';
import type { RecordedOrder } from './recording/own-order-statement.ts';
import type { SentOrder } from './sent-orders.ts';
import type { EntrySubject } from './trading-entries.ts';

/** An order that is about to be sent: its id, what it asks for, and the position it closes, if it does. */
export interface OutgoingOrder {
  readonly id: string;
  readonly terms: OrderTerms;
  readonly strategyId?: string | undefined;
  readonly closes?: Position | undefined;
  readonly replaces?: number | undefined;
  /** The broker's number of the position that it protects. */
  readonly protects?: number | undefined;
  readonly signal?: Signal | undefined;
  readonly decidedAt: number;
}

/** An order as it is recorded, and as it is awaited in the log; a denied one is not. */
export interface OrderToRecord {
  readonly recorded: RecordedOrder;
  readonly sent?: SentOrder;
}

/** Returns an order as it is recorded before it is sent. */
export function orderToSend(subject: EntrySubject, engine: Engine, order: OutgoingOrder): OrderToRecord {
  const { id, terms, strategyId, closes, protects, replaces, decidedAt } = order;
  const { openPositions } = engine.ledger;
  const concerned = closes ?? (protects === undefined ? undefined : openPositions.get(protects));
  const quote = engine.quoteOf(terms.instrument);
  return {
    recorded: {
      order: {
        id,
        strategyId,
        positionId: concerned && positionRowId(subject.accountId, concerned),
        pricePrecision: subject.instruments.named(terms.instrument).pricePrecision,
        terms,
        replaces,
        status: 'submitted',
        decidedAt,
      },
      entry: submittedEntry(subject, { ...order, checkedAt: Date.now(), quote }),
    },
    sent: { id, terms, strategyId, brokerPositionId: concerned?.brokerPositionId },
  };
}

/** Returns a denied order as it is recorded; undefined when it could not be an order. */
export function deniedOrder(subject: EntrySubject, effect: DenyEffect): OrderToRecord | undefined {
  const { request, code: reasonCode } = effect;
  const instrument = request && subject.instruments.find(request.terms.instrument);
  if (!instrument || !isStorable(request.terms)) return undefined;
  const { id, terms, strategyId, replaces, decidedAt } = request;
  const order = {
    id,
    pricePrecision: instrument.pricePrecision,
    terms,
    replaces,
    strategyId,
    decidedAt,
    positionId: undefined,
    status: 'denied',
    reasonCode,
  } as const;
  return { recorded: { order, entry: deniedEntry(subject, effect) } };
}

/** Whether the orders table can hold it: a denied order may have impossible values. */
function isStorable(terms: OrderTerms): boolean {
  const hasUnits =
    terms.units > 0 && (Number.isSafeInteger(terms.units) || isUnits(FINEST_UNITS, terms.units));
  const needsPrice = !isProtective(terms) && terms.orderType !== 'market';
  const hasPrice = !needsPrice || (terms.price ?? 0) > 0;
  const hasExpiry = terms.timeInForce !== 'GTD' || terms.expiresAt !== undefined;
  const prices = [
    terms.price,
    terms.priceBound,
    terms.takeProfit,
    terms.stopLoss,
    terms.trailingDistance,
    terms.takeProfitDistance,
    terms.stopLossDistance,
  ];
  const arePrices = prices.every(
    (price) => price === undefined || (Number.isSafeInteger(price) && price > 0),
  );
  const hasShortTag = (terms.tag ?? '').length <= LONGEST_TAG && (terms.comment ?? '').length <= LONGEST_TAG;
  const hasShortGroup = (terms.ocoGroup ?? '').length <= LONGEST_OCO_GROUP;
  return hasUnits && hasPrice && arePrices && hasExpiry && hasShortTag && hasShortGroup;
}
