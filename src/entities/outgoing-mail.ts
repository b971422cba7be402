/** E-mails that are to be sent. A row says what to write and to whom, never a secret: texts and tokens are made when it is sent. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, instant, jsonObject, updatedAt } from './columns.ts';

export const OutgoingMailSchema = defineEntity({
  name: 'OutgoingMailRecord',
  tableName: 'outgoing_mails',
  indexes: [
    { name: 'outgoing_mails_due', properties: ['nextAttemptAt'], where: 'sent_at is null' },
    // How much was sent to one address lately.
    { properties: ['recipient', 'kind', 'createdAt'] },
  ],
  properties: {
    id: id(),
    kind: p.string().length(64),
    recipient: p.string().length(254),
    data: jsonObject(),
    attempts: p.integer().default(0),
    nextAttemptAt: instant(),
    // After this it is of no use to the recipient, and is removed, sent or not.
    expiresAt: instant().index(),
    sentAt: instant().strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class OutgoingMailRecord extends OutgoingMailSchema.class {}
OutgoingMailSchema.setClass(OutgoingMailRecord);
