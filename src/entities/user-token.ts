/** Tokens that were sent to a person's e-mail address, each for one purpose and one use. Only a hash of a token is kept. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, instant, updatedAt } from './columns.ts';
import { UserSchema } from './user.ts';

const TOKEN_PURPOSES = ['reset-password', 'verify-email', 'change-email', 'undo-email-change'] as const;

export const UserTokenSchema = defineEntity({
  name: 'UserTokenRecord',
  tableName: 'user_tokens',
  properties: {
    id: id(),
    // The tokens of a deleted person open nothing.
    user: p.manyToOne(UserSchema).ref().deleteRule('cascade').index(),
    purpose: p.enum(TOKEN_PURPOSES),
    tokenHash: p.string().length(64).unique(),
    // The address that the token is about.
    email: p.string().length(254),
    expiresAt: instant().index(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class UserTokenRecord extends UserTokenSchema.class {}
UserTokenSchema.setClass(UserTokenRecord);
