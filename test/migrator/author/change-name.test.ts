/** A migration that is given no name gets one that says what it does. */
import { p } from '@mikro-orm/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makePlayground } from './playground.ts';
import { orders } from './records.ts';
import type { Playground } from './playground.ts';

let playground: Playground;
beforeEach(async () => {
  playground = await makePlayground();
});
afterEach(() => playground[Symbol.asyncDispose]());

it.each([
  { change: 'a column', properties: { note: p.text().nullable() }, name: 'add_orders_note' },
  { change: 'an index', properties: { units: p.integer().index() }, name: 'change_orders' },
])('$change gives $name', async ({ properties, name }) => {
  await playground.make(orders(), 'first');

  await playground.make(orders(properties), undefined);

  expect((await playground.names()).at(-1)).toMatch(name);
});
