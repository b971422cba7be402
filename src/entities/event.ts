/** The journal: numbered entries, append-only. */
import { defineEntity, p } from '@mikro-orm/core';
import { JOURNAL_CATEGORIES, SEVERITIES } from '../core/domain/journal-entry.ts';
import { createdAt, instant, ipAddress, jsonObject, wholeNumber } from './columns.ts';
import { OandaAccountSchema } from './oanda-account.ts';
import { StrategySchema } from './strategy.ts';
import { UserSchema } from './user.ts';

export const EventSchema = defineEntity({
  name: 'EventRecord',
  tableName: 'events',
  indexes: [
    // Readers go in this order and stay below the oldest running transaction, because sequences commit out of order:
    // reading by sequence alone would skip an entry whose transaction is still open.
    { properties: ['transactionXid', 'sequence'] },
    { properties: ['user', 'sequence'] },
    { properties: ['account', 'sequence'] },
    { properties: ['strategy', 'sequence'] },
  ],
  properties: {
    sequence: wholeNumber().primary().autoincrement().generated('identity'),
    transactionXid: p.string().columnType('xid8').defaultRaw('pg_current_xact_id()'),
    occurredAt: instant(),
    category: p.enum(JOURNAL_CATEGORIES),
    type: p.string().length(100),
    severity: p.enum(SEVERITIES),
    // An entry stays when what it refers to is deleted.
    user: p.manyToOne(UserSchema).ref().deleteRule('set null').strictNullable(),
    account: p.manyToOne(OandaAccountSchema).ref().deleteRule('set null').strictNullable(),
    strategy: p.manyToOne(StrategySchema).ref().deleteRule('set null').strictNullable(),
    requestId: p.string().length(128).strictNullable(),
    description: p.text(),
    details: jsonObject().defaultRaw(`'{}'::jsonb`),
    ipAddress: ipAddress().strictNullable(),
    userAgent: p.string().length(512).strictNullable(),
    createdAt: createdAt(),
  },
});

export class EventRecord extends EventSchema.class {}
EventSchema.setClass(EventRecord);
