/** What a running account must remember and its log does not hold: market time, candles, trailing stops, the day's loss. */
import { defineEntity, p } from '@mikro-orm/core';
import { jsonObject, updatedAt } from './columns.ts';
import { OandaAccountSchema } from './oanda-account.ts';

export const AccountStateSchema = defineEntity({
  name: 'AccountStateRecord',
  tableName: 'account_states',
  properties: {
    // The state is deleted with its account.
    account: p.oneToOne(OandaAccountSchema).owner().ref().deleteRule('cascade').primary(),
    state: jsonObject(),
    updatedAt: updatedAt(),
  },
});

export class AccountStateRecord extends AccountStateSchema.class {}
AccountStateSchema.setClass(AccountStateRecord);
