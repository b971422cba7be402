/** Positions: open lots, each opened by one fill, and what is left of them. */
import { defineEntity, p } from '@mikro-orm/core';
import { POSITION_SIDES } from '../core/domain/position.ts';
import {
  createdAt,
  id,
  instant,
  instrument,
  money,
  price,
  units,
  unitsPrecision,
  updatedAt,
} from './columns.ts';
import { OandaAccountSchema } from './oanda-account.ts';
import { OrderSchema } from './order.ts';
import { StrategySchema } from './strategy.ts';

export const PositionSchema = defineEntity({
  name: 'PositionRecord',
  tableName: 'positions',
  indexes: [
    { properties: ['account', 'id'] },
    { name: 'positions_open_index', properties: ['account', 'instrument'], where: 'closed_at is null' },
  ],
  uniques: [{ properties: ['account', 'brokerTradeId'] }],
  checks: [
    { name: 'positions_open_within_initial', expression: 'open_units >= 0 and open_units <= initial_units' },
    { name: 'positions_closed_when_flat', expression: '(closed_at is null) = (open_units > 0)' },
  ],
  properties: {
    id: id(),
    // Positions are a projection of the account's log and go with it.
    account: p.manyToOne(OandaAccountSchema).ref().deleteRule('cascade'),
    // History outlives the strategy that made it.
    strategy: p.manyToOne(StrategySchema).ref().deleteRule('set null').strictNullable().index(),
    brokerTradeId: p.string().length(64),
    // An order that opened something cannot be removed on its own; null when we never saw the order.
    openingOrder: p.manyToOne(OrderSchema).ref().deleteRule('no action').strictNullable().index(),
    instrument: instrument(),
    side: p.enum(POSITION_SIDES),
    initialUnits: units().check('initial_units > 0'),
    openUnits: units(),
    unitsPrecision: unitsPrecision(),
    entryPrice: price().check('entry_price > 0'),
    takeProfit: price().strictNullable().check('take_profit > 0'),
    stopLoss: price().strictNullable().check('stop_loss > 0'),
    trailingDistance: price().strictNullable().check('trailing_distance > 0'),
    layer: p.integer().default(0).check('layer >= 0'),
    // What entering the units that are still open cost; closing units takes their share along.
    entrySpreadCost: money().default('0'),
    entryCommission: money().default('0'),
    realizedPnl: money().default('0'),
    financing: money().default('0'),
    openedAt: instant(),
    closedAt: instant().strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class PositionRecord extends PositionSchema.class {}
PositionSchema.setClass(PositionRecord);
