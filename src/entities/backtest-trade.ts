/** The trades of a backtest, in the order they were closed. */
import { defineEntity, p } from '@mikro-orm/core';
import { POSITION_SIDES } from '../core/domain/position.ts';
import { EXIT_REASONS } from '../core/domain/transaction-reasons.ts';
import { BacktestSchema } from './backtest.ts';
import { instant, instrument, money, price, units, unitsPrecision } from './columns.ts';

export const BacktestTradeSchema = defineEntity({
  name: 'BacktestTradeRecord',
  tableName: 'backtest_trades',
  primaryKeys: ['backtest', 'ordinal'],
  checks: [{ name: 'backtest_trades_closed_after_opened', expression: 'closed_at >= opened_at' }],
  properties: {
    // The trades are part of the result.
    backtest: p.manyToOne(BacktestSchema).ref().deleteRule('cascade').primary(),
    ordinal: p.integer().primary().check('ordinal >= 0'),
    // Null is the instrument of the backtest.
    instrument: instrument().strictNullable(),
    side: p.enum(POSITION_SIDES),
    units: units().check('units > 0'),
    unitsPrecision: unitsPrecision(),
    entryPrice: price().check('entry_price > 0'),
    exitPrice: price().check('exit_price > 0'),
    realizedPnl: money(),
    spreadCost: money().default('0'),
    commission: money().default('0'),
    financing: money().default('0'),
    slippage: money().default('0'),
    conversionCost: money().default('0'),
    // Worst and best open profit while it lasted.
    mae: money(),
    mfe: money(),
    exitReason: p.enum(EXIT_REASONS),
    openedAt: instant(),
    closedAt: instant(),
  },
});

export class BacktestTradeRecord extends BacktestTradeSchema.class {}
BacktestTradeSchema.setClass(BacktestTradeRecord);
