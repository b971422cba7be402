/** Browsers in which a person signed in before. The right password gets in from them while strangers are delayed. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, instant } from './columns.ts';
import { UserSchema } from './user.ts';

export const KnownDeviceSchema = defineEntity({
  name: 'KnownDeviceRecord',
  tableName: 'known_devices',
  properties: {
    id: id(),
    // A deleted user has no devices.
    user: p.manyToOne(UserSchema).ref().deleteRule('cascade').index(),
    // Only a hash: a stolen table makes no device known.
    tokenHash: p.string().length(64).unique(),
    lastUsedAt: instant().index(),
    createdAt: createdAt(),
  },
});

export class KnownDeviceRecord extends KnownDeviceSchema.class {}
KnownDeviceSchema.setClass(KnownDeviceRecord);
