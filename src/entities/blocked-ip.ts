/** Addresses and ranges that may not sign in. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, instant, ipAddress, updatedAt } from './columns.ts';
import { UserSchema } from './user.ts';

export const BlockedIpSchema = defineEntity({
  name: 'BlockedIpRecord',
  tableName: 'blocked_ips',
  properties: {
    id: id(),
    ipAddress: ipAddress().unique(),
    reason: p.text(),
    failedAttempts: p.integer().default(0).check('failed_attempts >= 0'),
    blockedAt: instant().defaultRaw('now()'),
    // Null is for ever.
    blockedUntil: instant().strictNullable(),
    // A block outlives the administrator who set it; null is also the server itself.
    createdBy: p.manyToOne(UserSchema).ref().deleteRule('set null').strictNullable().index(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class BlockedIpRecord extends BlockedIpSchema.class {}
BlockedIpSchema.setClass(BlockedIpRecord);
