/** Messages to a person, each about one entry of the journal. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, instant, jsonObject, updatedAt } from './columns.ts';
import { SEVERITIES } from '../core/domain/journal-entry.ts';
import { EventSchema } from './event.ts';
import { UserSchema } from './user.ts';

export const NotificationSchema = defineEntity({
  name: 'NotificationRecord',
  tableName: 'notifications',
  indexes: [
    { properties: ['user', 'id'] },
    { name: 'notifications_unread', properties: ['user'], where: 'read_at is null' },
    {
      name: 'notifications_to_escalate',
      properties: ['escalateAt'],
      where: 'escalate_at is not null and read_at is null',
    },
  ],
  properties: {
    id: id(),
    // Each administrator has a row of their own. Nullable as it was made; no row is without a person.
    user: p.manyToOne(UserSchema).ref().deleteRule('cascade').strictNullable(),
    // A message stays readable when the journal has been pruned.
    event: p.manyToOne(EventSchema).ref().deleteRule('set null').strictNullable().index(),
    type: p.string().length(100),
    title: p.string().length(200),
    message: p.text(),
    severity: p.enum(SEVERITIES),
    readAt: instant().strictNullable(),
    // When it is sent again unless it was read, and how often it was; null when it is not any more.
    escalateAt: instant().strictNullable(),
    escalations: p.smallint().default(0),
    delivery: jsonObject().defaultRaw(`'{}'::jsonb`),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class NotificationRecord extends NotificationSchema.class {}
NotificationSchema.setClass(NotificationRecord);
