/** Keys with which a person's programs use the API. Only a hash of the token is kept, as of sessions. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, instant, ipAddress, updatedAt } from './columns.ts';
import { UserSchema } from './user.ts';

export const API_KEY_SCOPES = ['read', 'trade', 'admin'] as const;

export const ApiKeySchema = defineEntity({
  name: 'ApiKeyRecord',
  tableName: 'api_keys',
  properties: {
    id: id(),
    // The keys of a deleted person must open nothing.
    user: p.manyToOne(UserSchema).ref().deleteRule('cascade').index(),
    name: p.string().length(100),
    tokenHash: p.string().length(64).unique(),
    // By its end a person recognises a key that is written somewhere.
    tokenEnd: p.string().length(4),
    scope: p.enum(API_KEY_SCOPES),
    // Where it may be used from; null is everywhere.
    addressRange: ipAddress().strictNullable(),
    // Null is never.
    expiresAt: instant().strictNullable(),
    lastUsedAt: instant().strictNullable(),
    revokedAt: instant().strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class ApiKeyRecord extends ApiKeySchema.class {}
ApiKeySchema.setClass(ApiKeyRecord);
