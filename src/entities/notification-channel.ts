/** Where a person wants to be notified, and of what. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, updatedAt } from './columns.ts';
import { SEVERITIES } from '../core/domain/journal-entry.ts';
import { UserSchema } from './user.ts';

export const CHANNEL_KINDS = ['email', 'webhook', 'telegram', 'slack', 'discord', 'push'] as const;

export const NotificationChannelSchema = defineEntity({
  name: 'NotificationChannelRecord',
  tableName: 'notification_channels',
  checks: [
    {
      name: 'notification_channels_secret_has_key',
      expression: '(secret_ciphertext is null) = (secret_key_id is null)',
    },
  ],
  properties: {
    id: id(),
    // Channels are deleted with their user.
    user: p.manyToOne(UserSchema).ref().deleteRule('cascade').index(),
    kind: p.enum(CHANNEL_KINDS),
    name: p.string().length(100),
    // What may be shown of where it leads: a host, a chat.
    target: p.string().length(300).strictNullable(),
    // Address, token and signing secret, sealed together. Null for e-mail, whose address is the person's.
    secretCiphertext: p.text().strictNullable(),
    secretKeyId: p.string().length(64).strictNullable(),
    minSeverity: p.enum(SEVERITIES).default('warning'),
    mutedTypes: p.array().columnType('text[]').defaultRaw(`'{}'`),
    // Whether all that is not critical comes once a day.
    isDigest: p.boolean().default(false),
    // Whether critical notifications that are not read are sent here again.
    isEscalation: p.boolean().default(true),
    isOn: p.boolean().default(true),
    // Why the server turned it off.
    offReason: p.string().length(300).strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class NotificationChannelRecord extends NotificationChannelSchema.class {}
NotificationChannelSchema.setClass(NotificationChannelRecord);
