/** Configured strategies: an algorithm with its parameters on one account and instrument. */
import { defineEntity, p } from '@mikro-orm/core';
import {
  ACTIVE_STRATEGY_STATUSES,
  STOP_MODES,
  STRATEGY_STATUSES,
} from '../core/domain/strategy-lifecycle.ts';
import { createdAt, id, instant, instrument, jsonObject, quoted, updatedAt } from './columns.ts';
import { OandaAccountSchema } from './oanda-account.ts';

export const StrategySchema = defineEntity({
  name: 'StrategyRecord',
  tableName: 'strategies',
  indexes: [
    { properties: ['account', 'id'] },
    { name: 'strategies_stop_due', properties: ['account'], where: 'stop_due is not null' },
  ],
  uniques: [
    {
      // Two strategies would change the same net position; only the database sees two requests at once.
      name: 'strategies_one_active_per_instrument',
      properties: ['account', 'instrument'],
      where: `status in (${quoted(ACTIVE_STRATEGY_STATUSES)})`,
    },
  ],
  properties: {
    id: id(),
    // A strategy is a configuration of its account.
    account: p.manyToOne(OandaAccountSchema).ref().deleteRule('cascade'),
    name: p.string().length(100),
    strategyType: p.string().length(64),
    parameters: jsonObject(),
    parametersVersion: p.integer().default(1).check('parameters_version > 0'),
    instrument: instrument(),
    status: p.enum(STRATEGY_STATUSES).default('stopped'),
    statusReason: p.text().strictNullable(),
    // An administrator's hold: it does not run until an administrator lifts it. As that of an account.
    heldAt: instant().strictNullable(),
    heldBy: p.uuid().strictNullable(),
    holdReason: p.text().strictNullable(),
    // How an administrator wants it stopped, while no process has begun to.
    stopDue: p.enum(STOP_MODES).strictNullable(),
    startedAt: instant().strictNullable(),
    stoppedAt: instant().strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class StrategyRecord extends StrategySchema.class {}
StrategySchema.setClass(StrategyRecord);
