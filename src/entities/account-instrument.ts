/** What each account's broker offers it; accounts without rows trade the built-in instruments. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, instrument, jsonObject, updatedAt } from './columns.ts';
import { OandaAccountSchema } from './oanda-account.ts';

export const AccountInstrumentSchema = defineEntity({
  name: 'AccountInstrumentRecord',
  tableName: 'account_instruments',
  primaryKeys: ['account', 'name'],
  properties: {
    // What it could trade is deleted with the account.
    account: p.manyToOne(OandaAccountSchema).ref().deleteRule('cascade').primary(),
    name: instrument().primary(),
    // Beside the specification, because every row of an order, position or trade is read with it.
    pricePrecision: p.integer().check('price_precision >= 0'),
    specification: jsonObject(),
    // One that is offered no more stays: prices of old rows are read with it.
    isOffered: p.boolean().default(true),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class AccountInstrumentRecord extends AccountInstrumentSchema.class {}
AccountInstrumentSchema.setClass(AccountInstrumentRecord);
