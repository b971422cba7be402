/** Trades: completed round trips, or the closed parts of one, with their result. */
import { defineEntity, p } from '@mikro-orm/core';
import { POSITION_SIDES } from '../core/domain/position.ts';
import { EXIT_REASONS } from '../core/domain/transaction-reasons.ts';
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
  wholeNumber,
} from './columns.ts';
import { OandaAccountSchema } from './oanda-account.ts';
import { OrderSchema } from './order.ts';
import { PositionSchema } from './position.ts';
import { StrategySchema } from './strategy.ts';

export const TradeSchema = defineEntity({
  name: 'TradeRecord',
  tableName: 'trades',
  indexes: [{ properties: ['account', 'closedAt', 'id'] }, { properties: ['account', 'id'] }],
  // One closing transaction closes a position once: seeing the same fill twice changes nothing.
  uniques: [{ properties: ['account', 'brokerTransactionId', 'position'] }],
  checks: [{ name: 'trades_closed_after_opened', expression: 'closed_at >= opened_at' }],
  properties: {
    id: id(),
    // Trades are a projection of the account's log and go with it.
    account: p.manyToOne(OandaAccountSchema).ref().deleteRule('cascade'),
    // History outlives the strategy that made it.
    strategy: p.manyToOne(StrategySchema).ref().deleteRule('set null').strictNullable().index(),
    // A trade without the position it closed could not be explained.
    position: p.manyToOne(PositionSchema).ref().deleteRule('no action').index(),
    // An order that closed something cannot be removed on its own; null when we never saw the order.
    closingOrder: p.manyToOne(OrderSchema).ref().deleteRule('no action').strictNullable().index(),
    brokerTransactionId: wholeNumber(),
    instrument: instrument(),
    side: p.enum(POSITION_SIDES),
    units: units().check('units > 0'),
    unitsPrecision: unitsPrecision(),
    entryPrice: price().check('entry_price > 0'),
    exitPrice: price().check('exit_price > 0'),
    realizedPnl: money(),
    financing: money().default('0'),
    commission: money().default('0'),
    spreadCost: money().default('0'),
    slippage: money().default('0'),
    conversionCost: money().default('0'),
    exitReason: p.enum(EXIT_REASONS),
    openedAt: instant(),
    closedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class TradeRecord extends TradeSchema.class {}
TradeSchema.setClass(TradeRecord);
