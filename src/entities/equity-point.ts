/** The equity of an account over time: the last value of each minute and of each hour in which it changed. */
import { defineEntity, p } from '@mikro-orm/core';
import { STORED_EQUITY_RESOLUTIONS } from '../core/domain/equity-point.ts';
import { createdAt, instant, money } from './columns.ts';
import { OandaAccountSchema } from './oanda-account.ts';

export const EquityPointSchema = defineEntity({
  name: 'EquityPointRecord',
  tableName: 'equity_points',
  primaryKeys: ['account', 'resolution', 'at'],
  properties: {
    // The history is deleted with its account.
    account: p.manyToOne(OandaAccountSchema).ref().deleteRule('cascade').primary(),
    resolution: p.enum(STORED_EQUITY_RESOLUTIONS).primary(),
    // When the minute or hour begins, by the account's market time.
    at: instant().primary(),
    balance: money(),
    nav: money(),
    createdAt: createdAt(),
  },
});

export class EquityPointRecord extends EquityPointSchema.class {}
EquityPointSchema.setClass(EquityPointRecord);
