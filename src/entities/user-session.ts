/** Sign-ins. Only a hash of the token is kept, so a stolen table opens no session. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, instant, ipAddress, updatedAt } from './columns.ts';
import { UserSchema } from './user.ts';

export const UserSessionSchema = defineEntity({
  name: 'UserSessionRecord',
  tableName: 'user_sessions',
  checks: [
    {
      name: 'user_sessions_reason_needs_revocation',
      expression: 'revoked_reason is null or revoked_at is not null',
    },
  ],
  properties: {
    id: id(),
    // A deleted user must not stay signed in.
    user: p.manyToOne(UserSchema).ref().deleteRule('cascade').index(),
    tokenHash: p.string().length(64).unique(),
    ipAddress: ipAddress().strictNullable(),
    userAgent: p.string().length(512).strictNullable(),
    lastSeenAt: instant().defaultRaw('now()'),
    expiresAt: instant().index(),
    revokedAt: instant().strictNullable(),
    revokedReason: p.string().length(64).strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class UserSessionRecord extends UserSessionSchema.class {}
UserSessionSchema.setClass(UserSessionRecord);
