import { expect, it } from 'vitest';
import { duplicateKey } from './duplicate-keys.ts';

const keyOf = (text: string) => duplicateKey(text, JSON.parse(text));

it.each([
  ['{"units":1,"side":"buy","units":2}', 'units'],
  ['{"a":{"b":1,"b":1}}', 'b'],
  ['[{"a":1},{"a":1,"a" :2}]', 'a'],
  ['{"a":1,"\\u0061":2}', 'a'],
  ['{"a\\"":1,"x":"{","a\\"":2}', 'a"'],
  ['{"":1,"":2}', ''],
])('names the key that is twice in %s', (text, key) => {
  expect(keyOf(text)).toBe(key);
});

it.each([
  '{"a":{"a":{"a":1}},"b":{"a":1}}',
  '[{"a":1},{"a":2}]',
  '{"a":"b\\":","b":"{\\"b\\":1}"}',
  '{"a":"}","b":"\\\\"}',
  '"a"',
  'null',
  '[]',
])('finds none in %s', (text) => {
  expect(keyOf(text)).toBeUndefined();
});

it('looks through long and deep bodies', () => {
  const deep = `${'[{"a":'.repeat(5_000)}1${'}]'.repeat(5_000)}`;

  expect(keyOf(deep)).toBeUndefined();
  expect(
    keyOf(JSON.stringify({ long: 'x'.repeat(2_000_000), many: Array.from({ length: 200_000 }, () => 1) })),
  ).toBeUndefined();
});
