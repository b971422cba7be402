/** What a strategy remembers across restarts. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, instant, jsonObject, updatedAt } from './columns.ts';
import { StrategySchema } from './strategy.ts';

export const StrategyStateSchema = defineEntity({
  name: 'StrategyStateRecord',
  tableName: 'strategy_states',
  properties: {
    id: id(),
    // The state is deleted with its strategy.
    strategy: p.oneToOne(StrategySchema).owner().ref().deleteRule('cascade'),
    state: jsonObject(),
    stateVersion: p.integer().check('state_version > 0'),
    lastQuoteAt: instant().strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class StrategyStateRecord extends StrategyStateSchema.class {}
StrategyStateSchema.setClass(StrategyStateRecord);
