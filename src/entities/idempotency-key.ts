/** Answers already given to requests with an `Idempotency-Key`, so that a repeated request is not done twice. */
import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id, instant, updatedAt } from './columns.ts';
import { UserSchema } from './user.ts';

const IDEMPOTENCY_STATES = ['in_progress', 'done'] as const;

export const IdempotencyKeySchema = defineEntity({
  name: 'IdempotencyKeyRecord',
  tableName: 'idempotency_keys',
  uniques: [{ properties: ['user', 'key'] }],
  checks: [
    { name: 'idempotency_keys_done_has_status', expression: `(state = 'done') = (status is not null)` },
  ],
  properties: {
    id: id(),
    // A deleted user repeats no request.
    user: p.manyToOne(UserSchema).ref().deleteRule('cascade'),
    key: p.string().length(255),
    route: p.string().length(255),
    requestHash: p.string().length(64),
    state: p.enum(IDEMPOTENCY_STATES).default('in_progress'),
    status: p.integer().strictNullable(),
    headers: p.json<Readonly<Record<string, string>>>().strictNullable(),
    body: p.json<unknown>().strictNullable(),
    expiresAt: instant().index(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class IdempotencyKeyRecord extends IdempotencyKeySchema.class {}
IdempotencyKeySchema.setClass(IdempotencyKeyRecord);
