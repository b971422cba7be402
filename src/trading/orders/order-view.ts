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
import { Decimal, Id, Instant, InstrumentName, orNull, Units } from '../../http/values.ts';
import { namedObject } from '../../http/schemas.ts';
import { fieldKinds, viewOf } from '../view-fields.ts';
import type { ViewFields } from '../view-fields.ts';
import type { OrderRow, StoredOrder } from './order-store.ts';

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

const { plain, firstOf, plainOr, numberText, price, units, instant } = fieldKinds<StoredOrder, OrderRow>();

export type ShownOrder = Static<typeof OrderView>;

/** The fields of {@link OrderView}. */
export const ORDER_FIELDS: ViewFields<ShownOrder, StoredOrder> = {
  id: plain('id', ({ id }) => id),
  accountId: plain('account_id', ({ accountId }) => accountId),
  strategyId: plain('strategy_id', ({ strategyId }) => strategyId),
  positionId: firstOf(
    ['position_id', 'opened_position_id'],
    ({ positionId, openedPositionId }) => positionId ?? openedPositionId,
  ),
  brokerOrderId: numberText('broker_order_id', ({ brokerOrderId }) => brokerOrderId),
  replacesOrderId: plain('replaces_order_id', ({ replacesOrderId }) => replacesOrderId),
  replacedByOrderId: plain('replaced_by_order_id', ({ replacedByOrderId }) => replacedByOrderId),
  createdBy: plain('created_by', ({ createdBy }) => createdBy),
  instrument: plain('instrument', ({ terms }) => terms.instrument),
  type: plain('order_type', ({ terms }) => terms.orderType),
  side: plain('side', ({ terms }) => terms.side),
  units: units('units', ({ terms }) => terms.units),
  price: price('price', ({ terms }) => terms.price),
  priceBound: price('price_bound', ({ terms }) => terms.priceBound),
  takeProfit: price('take_profit', ({ terms }) => terms.takeProfit),
  stopLoss: price('stop_loss', ({ terms }) => terms.stopLoss),
  trailingDistance: price('trailing_distance', ({ terms }) => terms.trailingDistance),
  takeProfitDistance: price('take_profit_distance', ({ terms }) => terms.takeProfitDistance),
  stopLossDistance: price('stop_loss_distance', ({ terms }) => terms.stopLossDistance),
  timeInForce: plain('time_in_force', ({ terms }) => terms.timeInForce),
  expiresAt: instant('expires_at', ({ terms }) => terms.expiresAt),
  leaseUntil: instant('lease_until', ({ terms }) => terms.leaseUntil),
  triggerCondition: plainOr('DEFAULT', 'trigger_condition', ({ terms }) => terms.triggerCondition),
  positionFill: plainOr('DEFAULT', 'position_fill', ({ terms }) => terms.positionFill),
  tag: plain('tag', ({ terms }) => terms.tag),
  comment: plain('comment', ({ terms }) => terms.comment),
  ocoGroup: plain('oco_group', ({ terms }) => terms.ocoGroup),
  status: plain('status', ({ status }) => status),
  reasonCode: plain('reason_code', ({ reasonCode }) => reasonCode),
  filledUnits: units('filled_units', ({ filledUnits }) => filledUnits),
  averagePrice: price('average_price', ({ averagePrice }) => averagePrice),
  submittedAt: instant('submitted_at', ({ submittedAt }) => submittedAt),
  filledAt: instant('filled_at', ({ filledAt }) => filledAt),
  cancelledAt: instant('cancelled_at', ({ cancelledAt }) => cancelledAt),
  createdAt: instant('created_at', ({ createdAt }) => createdAt),
};

/** Returns an order as people see it. */
export const orderView = viewOf(ORDER_FIELDS);
