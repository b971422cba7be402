/** Orders: what a strategy, a person or the broker asked for, and what became of it. */
import { defineEntity, p } from '@mikro-orm/core';
import { OPEN_ORDER_STATUSES, ORDER_STATUSES } from '../core/domain/order-lifecycle.ts';
import {
  LONGEST_TAG,
  ORDER_CREATORS,
  ORDER_SIDES,
  ORDER_TYPES,
  POSITION_FILLS,
  TIMES_IN_FORCE,
  TRIGGER_CONDITIONS,
} from '../core/domain/order.ts';
import {
  createdAt,
  id,
  instant,
  instrument,
  price,
  quoted,
  units,
  unitsPrecision,
  updatedAt,
} from './columns.ts';
import { OandaAccountSchema } from './oanda-account.ts';
import { StrategySchema } from './strategy.ts';

export const OrderSchema = defineEntity({
  name: 'OrderRecord',
  tableName: 'orders',
  indexes: [
    { properties: ['account', 'id'] },
    {
      name: 'orders_open_index',
      properties: ['account'],
      where: `status in (${quoted(OPEN_ORDER_STATUSES)})`,
    },
  ],
  uniques: [{ properties: ['account', 'brokerOrderId'] }],
  checks: [
    { name: 'orders_filled_within_units', expression: 'filled_units >= 0 and filled_units <= units' },
    {
      name: 'orders_resting_needs_price',
      expression: `order_type not in ('limit', 'stop') or price is not null`,
    },
    { name: 'orders_gtd_needs_expiry', expression: `time_in_force <> 'GTD' or expires_at is not null` },
  ],
  properties: {
    id: id(),
    // Orders are a projection of the account's log and go with it.
    account: p.manyToOne(OandaAccountSchema).ref().deleteRule('cascade'),
    // History outlives the strategy that made it.
    strategy: p.manyToOne(StrategySchema).ref().deleteRule('set null').strictNullable().index(),
    // Only ids that we made, unique for ever: with it an order whose answer was lost is found again, never sent again.
    clientOrderId: p.string().length(128).strictNullable().unique(),
    brokerOrderId: p.string().length(64).strictNullable(),
    ocoGroup: p.string().length(64).strictNullable(),
    // Numbers at the broker, because its log knows no others: the order whose place it took, and the one that took its own.
    replaces: p.string().length(64).strictNullable(),
    replacedBy: p.string().length(64).strictNullable(),
    // The position a dependent order protects. No foreign key: positions already point at their opening order.
    positionId: p.uuid().strictNullable().index(),
    requestId: p.string().length(128).strictNullable(),
    createdBy: p.enum(ORDER_CREATORS),
    instrument: instrument(),
    orderType: p.enum(ORDER_TYPES),
    side: p.enum(ORDER_SIDES),
    units: units().check('units > 0'),
    price: price().strictNullable().check('price > 0'),
    priceBound: price().strictNullable().check('price_bound > 0'),
    takeProfit: price().strictNullable().check('take_profit > 0'),
    stopLoss: price().strictNullable().check('stop_loss > 0'),
    trailingDistance: price().strictNullable().check('trailing_distance > 0'),
    takeProfitDistance: price().strictNullable(),
    stopLossDistance: price().strictNullable(),
    timeInForce: p.enum(TIMES_IN_FORCE),
    expiresAt: instant().strictNullable(),
    // When the broker ends it unless its lease is renewed; what was asked for stays in the two columns above.
    leaseUntil: instant().strictNullable(),
    triggerCondition: p.enum(TRIGGER_CONDITIONS).strictNullable(),
    positionFill: p.enum(POSITION_FILLS).strictNullable(),
    tag: p.string().length(LONGEST_TAG).strictNullable(),
    comment: p.string().length(LONGEST_TAG).strictNullable(),
    status: p.enum(ORDER_STATUSES),
    reasonCode: p.string().length(64).strictNullable(),
    filledUnits: units().default(0),
    unitsPrecision: unitsPrecision(),
    averagePrice: price().strictNullable().check('average_price > 0'),
    submittedAt: instant().strictNullable(),
    filledAt: instant().strictNullable(),
    cancelledAt: instant().strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class OrderRecord extends OrderSchema.class {}
OrderSchema.setClass(OrderRecord);
