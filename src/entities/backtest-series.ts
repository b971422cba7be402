/** The prices of the other instruments that a backtest runs on: those it trades besides, and those that convert. */
import { defineEntity, p } from '@mikro-orm/core';
import { BacktestSchema } from './backtest.ts';
import { instrument } from './columns.ts';
import { PriceSeriesSchema } from './price-series.ts';

export const BacktestSeriesSchema = defineEntity({
  name: 'BacktestSeriesRecord',
  tableName: 'backtest_series',
  primaryKeys: ['backtest', 'instrument'],
  properties: {
    // What a backtest runs on is deleted with it.
    backtest: p.manyToOne(BacktestSchema).ref().deleteRule('cascade').primary(),
    instrument: instrument().primary(),
    // As with the series of the backtest itself: prices in use cannot be deleted, except together with their user. Deferred, because
    // a user's series are gone before what their backtests refer to.
    series: p.manyToOne(PriceSeriesSchema).ref().deleteRule('no action').deferMode('deferred').index(),
  },
});

export class BacktestSeriesRecord extends BacktestSeriesSchema.class {}
BacktestSeriesSchema.setClass(BacktestSeriesRecord);
