/** Requested backtests, with everything needed to run them again to the same result. */
import { defineEntity, p } from '@mikro-orm/core';
import {
  createdAt,
  id,
  instant,
  instrument,
  jsonObject,
  money,
  quoted,
  updatedAt,
  wholeNumber,
} from './columns.ts';
import { PriceSeriesSchema } from './price-series.ts';
import { UserSchema } from './user.ts';

const BACKTEST_STATUSES = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const;
const UNFINISHED_BACKTEST_STATUSES = ['queued', 'running'] as const;

export const BacktestSchema = defineEntity({
  name: 'BacktestRecord',
  tableName: 'backtests',
  indexes: [
    { properties: ['user', 'id'] },
    { properties: ['user', 'specHash'] },
    {
      name: 'backtests_unfinished_index',
      properties: ['status', 'id'],
      where: `status in (${quoted(UNFINISHED_BACKTEST_STATUSES)})`,
    },
  ],
  checks: [{ name: 'backtests_ends_after_start', expression: 'ends_at > starts_at' }],
  properties: {
    id: id(),
    // Backtests are deleted with their user.
    user: p.manyToOne(UserSchema).ref().deleteRule('cascade'),
    strategyType: p.string().length(64),
    parameters: jsonObject(),
    instrument: instrument(),
    // A kept result must stay repeatable, so prices in use cannot be deleted. "No action" and not "restrict": it is
    // checked at the end of the statement, so deleting a user may take both the backtest and its series along.
    series: p.manyToOne(PriceSeriesSchema).ref().deleteRule('no action').index(),
    startsAt: instant(),
    endsAt: instant(),
    initialBalance: money().check('initial_balance > 0'),
    currency: p.string().length(3).check(`currency ~ '^[A-Z]{3}$'`),
    terms: jsonObject(),
    seed: wholeNumber(),
    specHash: p.string().length(64),
    engineVersion: p.string().length(64),
    status: p.enum(BACKTEST_STATUSES).default('queued'),
    // The bounds in quotes: written as numbers, MikroORM reads them back from the database as something else.
    progress: p.double().default(0).check(`progress >= '0' and progress <= '1'`),
    error: p.text().strictNullable(),
    quotes: wholeNumber().default(0).check('quotes >= 0'),
    startedAt: instant().strictNullable(),
    completedAt: instant().strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class BacktestRecord extends BacktestSchema.class {}
BacktestSchema.setClass(BacktestRecord);
