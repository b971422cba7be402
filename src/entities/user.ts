/** People who use the server. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, instant, updatedAt } from './columns.ts';

const USER_ROLES = ['trader', 'admin'] as const;
const LANGUAGES = ['en', 'ja'] as const;

export const UserSchema = defineEntity({
  name: 'UserRecord',
  tableName: 'users',
  properties: {
    id: id(),
    // One person, one account: addresses are compared in lower case, so they are stored that way.
    email: p.string().length(254).unique().check('email = lower(email)'),
    username: p.string().length(64).unique(),
    passwordHash: p.text(),
    role: p.enum(USER_ROLES).default('trader'),
    firstName: p.string().length(100).strictNullable(),
    lastName: p.string().length(100).strictNullable(),
    timezone: p.string().length(64).default('UTC'),
    language: p.enum(LANGUAGES).default('en'),
    isActive: p.boolean().default(true),
    emailVerifiedAt: instant().strictNullable(),
    failedLoginAttempts: p.integer().default(0).check('failed_login_attempts >= 0'),
    lockedUntil: instant().strictNullable(),
    lastLoginAt: instant().strictNullable(),
    // When a backtest of theirs was last begun: in the queue, who waited longest is next. Here, because backtests can be deleted.
    backtestServedAt: instant().strictNullable(),
    // The row stays for the books of closed accounts, without what says who it was.
    deletedAt: instant().strictNullable(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class UserRecord extends UserSchema.class {}
UserSchema.setClass(UserRecord);
