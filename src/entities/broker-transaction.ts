/** The broker's log of an account, append-only: the truth from which orders, positions and trades are projected. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, instant, jsonObject, wholeNumber } from './columns.ts';
import { OandaAccountSchema } from './oanda-account.ts';

export const BrokerTransactionSchema = defineEntity({
  name: 'BrokerTransactionRecord',
  tableName: 'broker_transactions',
  primaryKeys: ['account', 'transactionId'],
  properties: {
    // The log belongs to its account.
    account: p.manyToOne(OandaAccountSchema).ref().deleteRule('cascade').primary(),
    transactionId: wholeNumber().primary().check('transaction_id > 0'),
    batchId: wholeNumber(),
    type: p.string().length(64),
    occurredAt: instant(),
    payload: jsonObject(),
    createdAt: createdAt(),
  },
});

export class BrokerTransactionRecord extends BrokerTransactionSchema.class {}
BrokerTransactionSchema.setClass(BrokerTransactionRecord);
