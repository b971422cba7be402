import { expect, it } from 'vitest';
import { changedFields } from './changed-fields.ts';

it.each([
  [
    { name: 'b' },
    { name: 'a', other: 1 },
    { name: 'b', other: 2 },
    { before: { name: 'a' }, after: { name: 'b' } },
  ],
  [
    { limits: { most: 2 } },
    { limits: { most: 1, least: 0 } },
    { limits: { most: 2, least: 0 } },
    { before: { limits: { most: 1 } }, after: { limits: { most: 2 } } },
  ],
  [
    { webhookUrl: 'x' },
    { webhookUrl: null },
    { webhookUrl: 'x' },
    { before: {}, after: { webhookUrl: 'changed' } },
  ],
  [{ token: 'x', password: 'y' }, { name: 'a' }, { name: 'a' }, { before: {}, after: { token: 'changed' } }],
  [
    { kept: { deep: { apiKey: 'x' } } },
    { kept: { deep: {} } },
    { kept: { deep: { apiKey: 'x' } } },
    { before: { kept: { deep: {} } }, after: { kept: { deep: { apiKey: 'changed' } } } },
  ],
  [{ text: 'long' }, { text: 'a' }, { text: 'a'.repeat(3_000) }, { before: {}, after: { text: 'changed' } }],
  [{ name: 'a' }, { name: 'a' }, { name: 'a' }, undefined],
  [{ code: '123456' }, { name: 'a' }, { name: 'a' }, undefined],
  // Any field may have changed, or the thing is gone.
  [
    undefined,
    { name: 'a', kept: 1 },
    { name: 'b', kept: 1 },
    { before: { name: 'a' }, after: { name: 'b' } },
  ],
  [undefined, { name: 'a', token: 'x', until: null }, undefined, { before: { name: 'a' }, after: {} }],
  [{ name: 'b' }, undefined, { name: 'b' }, undefined],
  // However deep.
  [
    { own: {} },
    { own: null },
    { own: { feeds: [{ token: 'x', name: 'a' }] } },
    { before: { own: null }, after: { own: { feeds: [{ token: 'changed', name: 'a' }] } } },
  ],
  [
    undefined,
    { own: { url: 'x', name: 'a' } },
    undefined,
    { before: { own: { url: 'changed', name: 'a' } }, after: {} },
  ],
])('of a body %j only what changed is said, and nothing that is secret', (body, before, after, expected) => {
  expect(changedFields(body && Object.keys(body), before, after)).toEqual(expected);
});
