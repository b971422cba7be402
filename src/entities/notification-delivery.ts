/** Messages on their way to channels: stored with the notifications they are made of, and sent until they are taken. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, instant, jsonObject, updatedAt } from './columns.ts';
import { CHANNEL_KINDS, NotificationChannelSchema } from './notification-channel.ts';
import { UserSchema } from './user.ts';

export const NotificationDeliverySchema = defineEntity({
  name: 'NotificationDeliveryRecord',
  tableName: 'notification_deliveries',
  indexes: [
    {
      name: 'notification_deliveries_waiting',
      properties: ['nextAttemptAt'],
      where: 'sent_at is null and dead_at is null',
    },
    // What operators are shown of those that were given up lately; most are not.
    {
      name: 'notification_deliveries_dead',
      properties: ['deadAt'],
      where: 'dead_at is not null',
    },
    { properties: ['user', 'id'] },
  ],
  properties: {
    // What a receiver compares: the same message has the same id each time that it is sent.
    id: id(),
    user: p.manyToOne(UserSchema).ref().deleteRule('cascade'),
    // What waits for a channel is of no use without it. Null is the e-mail or the webhook of the person's settings.
    channel: p.manyToOne(NotificationChannelSchema).ref().deleteRule('cascade').strictNullable().index(),
    kind: p.enum(CHANNEL_KINDS),
    // Critical ones wait for nothing.
    isUrgent: p.boolean().default(false),
    // Grows until the first attempt, and stays as it is from then on.
    content: jsonObject(),
    attempts: p.integer().default(0).check('attempts >= 0'),
    nextAttemptAt: instant(),
    sentAt: instant().strictNullable(),
    deadAt: instant().strictNullable(),
    // What the receiver said last, or why it could not be asked.
    lastAnswer: p.string().length(500).strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class NotificationDeliveryRecord extends NotificationDeliverySchema.class {}
NotificationDeliverySchema.setClass(NotificationDeliveryRecord);
