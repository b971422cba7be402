/** The journal: numbered entries, append-only. */
import { defineEntity, p } from '@mikro-orm/core';
import { JOURNAL_CATEGORIES, SEVERITIES } from '../core/domain/journal-entry.ts';
import { createdAt, instant, ipAddress, jsonObject, wholeNumber } from './columns.ts';
import { OandaAccountSchema } from './oanda-account.ts';
import { StrategySchema } from './strategy.ts';
import { UserSchema } from './user.ts';

/** The first key of the locks that writers of the journal hold, "jrnl" as a number; the second says below which number nothing of theirs is. */
export const JOURNAL_WRITERS_KEY = 0x6a_72_6e_6c;

/**
 * Numbers are drawn before their transactions commit, so a reader may see a number while a lower one is still to come. Each writer
 * therefore holds a lock, before it draws numbers and until it has committed, that says which number was the last before its own.
 * The lock is shared, so no one ever waits for it. It is taken by the table itself: no writer can forget it.
 */
const ANNOUNCE_WRITER =
  `perform pg_advisory_xact_lock_shared(${JOURNAL_WRITERS_KEY}, ` +
  `(coalesce(pg_sequence_last_value(pg_get_serial_sequence(tg_relid::regclass::text, 'sequence')), 0) & 2147483647)::int); ` +
  'return null;';

export const EventSchema = defineEntity({
  name: 'EventRecord',
  tableName: 'events',
  indexes: [
    // Of the version before this one, as is `transactionXid`; both can go when no copy of it runs any more.
    { properties: ['transactionXid', 'sequence'] },
    { properties: ['user', 'sequence'] },
    { properties: ['account', 'sequence'] },
    { properties: ['strategy', 'sequence'] },
    // The timeline of an order.
    { name: 'events_order', properties: ['orderId', 'sequence'], where: 'order_id is not null' },
    // What people did about others; who is deleted is looked for here.
    {
      name: 'events_actor',
      properties: ['actorId'],
      where: 'actor_id is not null and user_id is distinct from actor_id',
    },
    // What the security overview counts; entries about trading are many, and not in it.
    {
      name: 'events_security',
      properties: ['category', 'occurredAt'],
      where: `category in ('security', 'admin')`,
    },
  ],
  triggers: [
    {
      name: 'announce_writer',
      timing: 'before',
      events: ['insert'],
      forEach: 'statement',
      body: ANNOUNCE_WRITER,
    },
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
    // Orders go with their account, and are written after this entry or never: no foreign key.
    orderId: p.uuid().strictNullable(),
    // By the clock of the account's market; `occurredAt` is the wall's.
    marketTime: instant().strictNullable(),
    // Who did it, with the name at the time. A person is deleted from here by hand, so no foreign key.
    actorId: p.uuid().strictNullable(),
    actor: p.json<Readonly<Record<string, unknown>> | undefined>().strictNullable(),
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
