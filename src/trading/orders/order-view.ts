/** An order as people see it. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import {
  ORDER_CREATORS,
  ORDER_SIDES,
  ORDER_TYPES,
  POSITION_FILLS,
  TIMES_IN_FORCE,
  TRIGGER_CONDITIONS,
} from '../../core/domain/order.ts';
import { ORDER_STATUSES } from '../../core/domain/order-lifecycle.ts';
import {
  Decimal,
  Id,
  Instant,
  instantText,
  instantTextOrNull,
  InstrumentName,
  orNull,
  priceTextOrNull,
  Units,
} from '../../http/values.ts';
import { namedObject } from '../../http/schemas.ts';
import type { StoredOrder } from './order-store.ts';

export const OrderView = namedObject('Order', {
  id: Id,
  accountId: Id,
  strategyId: orNull(Id),
  positionId: orNull(
    Type.String({
      format: 'uuid',
      description:
        'The position that the order protects or closes; of one that opened positions, the first of them (GET /positions with openingOrderId lists all).',
    }),
  ),
  brokerOrderId: orNull(Type.String({ description: 'Its number at the broker, once the broker knows it.' })),
  replacesOrderId: orNull(Type.String({ format: 'uuid', description: 'The order whose place it took.' })),
  replacedByOrderId: orNull(Type.String({ format: 'uuid', description: 'The order that took its place.' })),
  createdBy: Type.Enum(ORDER_CREATORS),
  instrument: InstrumentName,
  type: Type.Enum(ORDER_TYPES),
  side: Type.Enum(ORDER_SIDES),
  units: Units,
  price: orNull(Decimal),
  priceBound: orNull(Decimal),
  takeProfit: orNull(Decimal),
  stopLoss: orNull(Decimal),
  trailingDistance: orNull(Decimal),
  takeProfitDistance: orNull(Decimal),
  stopLossDistance: orNull(Decimal),
  timeInForce: Type.Enum(TIMES_IN_FORCE),
  expiresAt: orNull(Instant),
  leaseUntil: orNull(
    Type.String({
      format: 'date-time',
      description:
        'When the broker ends it unless this server renews it before: see entryLeaseMinutes of the account.',
    }),
  ),
  triggerCondition: Type.Enum(TRIGGER_CONDITIONS),
  positionFill: Type.Enum(POSITION_FILLS),
  tag: orNull(Type.String()),
  comment: orNull(Type.String()),
  ocoGroup: orNull(
    Type.String({ description: 'When one order of the group fills, the others are cancelled.' }),
  ),
  status: Type.Enum(ORDER_STATUSES),
  reasonCode: orNull(Type.String({ description: 'Why it was denied, rejected or cancelled.' })),
  filledUnits: Units,
  averagePrice: orNull(Decimal),
  submittedAt: orNull(Instant),
  filledAt: orNull(Instant),
  cancelledAt: orNull(Instant),
  createdAt: Instant,
});

export function orderView(order: StoredOrder): Static<typeof OrderView> {
  const { terms } = order;
  return {
    id: order.id,
    accountId: order.accountId,
    strategyId: order.strategyId ?? null,
    positionId: order.positionId ?? order.openedPositionId ?? null,
    brokerOrderId: order.brokerOrderId === undefined ? null : String(order.brokerOrderId),
    replacesOrderId: order.replacesOrderId ?? null,
    replacedByOrderId: order.replacedByOrderId ?? null,
    createdBy: order.createdBy,
    instrument: terms.instrument,
    type: terms.orderType,
    side: terms.side,
    units: terms.units,
    price: priceTextOrNull(order, terms.price),
    priceBound: priceTextOrNull(order, terms.priceBound),
    takeProfit: priceTextOrNull(order, terms.takeProfit),
    stopLoss: priceTextOrNull(order, terms.stopLoss),
    trailingDistance: priceTextOrNull(order, terms.trailingDistance),
    takeProfitDistance: priceTextOrNull(order, terms.takeProfitDistance),
    stopLossDistance: priceTextOrNull(order, terms.stopLossDistance),
    timeInForce: terms.timeInForce,
    expiresAt: instantTextOrNull(terms.expiresAt),
    leaseUntil: instantTextOrNull(terms.leaseUntil),
    triggerCondition: terms.triggerCondition ?? 'DEFAULT',
    positionFill: terms.positionFill ?? 'DEFAULT',
    tag: terms.tag ?? null,
    comment: terms.comment ?? null,
    ocoGroup: terms.ocoGroup ?? null,
    status: order.status,
    reasonCode: order.reasonCode ?? null,
    filledUnits: order.filledUnits,
    averagePrice: priceTextOrNull(order, order.averagePrice),
    submittedAt: instantTextOrNull(order.submittedAt),
    filledAt: instantTextOrNull(order.filledAt),
    cancelledAt: instantTextOrNull(order.cancelledAt),
    createdAt: instantText(order.createdAt),
  };
}
