/** Failed sign-ins that still count, for one sender, login or both. Only hashes: people also type passwords where the name belongs. */
import { defineEntity, p } from '@mikro-orm/core';
import { instant } from './columns.ts';

export const SignInFailureSchema = defineEntity({
  name: 'SignInFailureRecord',
  tableName: 'sign_in_failures',
  properties: {
    // The hash of whose failures they are.
    id: p.string().length(64).primary(),
    // The hash of the login that was tried, by which an administrator's unlock finds them; null for those of an address.
    loginHash: p.string().length(64).strictNullable().index(),
    lastFailedAt: instant(),
    // When the last of them is forgotten. Each failure moves it on, so it also says how many count.
    expiresAt: instant().index(),
  },
});

export class SignInFailureRecord extends SignInFailureSchema.class {}
SignInFailureSchema.setClass(SignInFailureRecord);
