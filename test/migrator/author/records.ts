/** Records for tests: the table `orders` beside `accounts`, with whatever else a test wants. */
import { defineEntity, p } from '@mikro-orm/core';
import type { Records } from './playground.ts';

export const accounts = defineEntity({
  name: 'Account',
  tableName: 'accounts',
  properties: { id: p.integer().primary(), code: p.string().length(20) },
});

const BARE = { id: p.integer().primary(), units: p.integer() };

/** Returns `accounts`, and `orders` with further columns and options. */
export function orders(
  properties: Readonly<Record<string, unknown>> = {},
  options: Readonly<Record<string, unknown>> = {},
): Records {
  const definition = {
    tableName: 'orders',
    ...options,
    name: 'Order',
    properties: { ...BARE, ...properties },
  };
  return [accounts, defineEntity(definition as never)];
}
