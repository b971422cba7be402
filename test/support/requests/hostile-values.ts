/** What an attacker or a broken program sends in the place of a value. */

import fc from 'fast-check';

const TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\r\nSet-Cookie: a=b',
  '\u001b[31m',
  '\u202Eabc',
  '\uD800',
  '\uFEFF',
  '🚀'.repeat(20),
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'NaN',
  'Infinity',
  '-0',
  '1e5',
  '٣',
  '0x10',
  "'; drop table users; --",
  '$1',
  '%00',
  '%',
  '../../etc/passwd',
  '<script>',
  '{{7*7}}',
  '${7*7}',
  '0',
  '-1',
  '00',
  '0.1',
  '.5',
  '5.',
  '9'.repeat(30),
  `0.${'1'.repeat(30)}`,
  'x'.repeat(300),
  'x'.repeat(3_000),
  '2026-02-30T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '+275760-09-13T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '00000000-0000-0000-0000-000000000000',
  'EUR_EUR',
  'eur_usd',
  'EUR_USD ',
  '2026-01-01',
];
const NUMBERS = [
  0,
  -0,
  -1,
  0.1,
  1e-7,
  5e-324,
  1.7976931348623157e308,
  -1e308,
  2 ** 31,
  2 ** 53,
  2 ** 63,
  1e21,
];
const OTHERS = [null, true, false, [], {}, [[]], [null], { $ne: 1 }, { length: 1e9 }, [[[[[[]]]]]]];

/** Text of any characters. Not `fc.string({ unit: 'binary' })`, which first makes a list of a million of them. */
const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10_ffff })), {
      maxLength,
    })
    .map((points) => String.fromCodePoint(...points));

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: anyText(12) },
);

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(...NUMBERS),
  fc.constantFrom(...OTHERS),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Bodies that are no JSON, or JSON that no one should send. */
export const hostileBody: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '{',
    '}',
    '[]',
    '""',
    'null',
    '0',
    '{"a":1,}',
    "{'a':1}",
    '\uFEFF{}',
    '{"a":1}{"b":2}',
    'NaN',
    '-',
    '\0',
    '{"__proto__":{"isAdmin":true}}',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    '{"a":1e999}',
    `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
    `{"name":"${'x'.repeat(20_000)}"}`,
    `{${Array.from({ length: 500 }, (_, index) => `"f${index}":1`).join()}}`,
  ),
  anyText(20),
  fc.json({ maxDepth: 3 }),
);

/** Returns the values that differ from a drawn one in one place: another value there, a field less or one more. */
export function nearlyOf(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(values, fc.nat(1_000), hostileValue, fc.constantFrom('replace', 'replace', 'remove', 'add'))
    .map(([value, place, hostile, how]) => changed(structuredClone(value), place, hostile, how));
}

type Holder = Record<string, unknown>;

function changed(value: unknown, place: number, hostile: unknown, how: string): unknown {
  const places = placesIn(value);
  const found = places[place % Math.max(1, places.length)];
  if (!found) return typeof value === 'object' && value !== null ? { ...value, added: hostile } : hostile;
  const [holder, name] = found;
  if (how === 'replace') holder[name] = hostile;
  else if (how === 'remove') delete holder[name];
  else holder[`${name}2`] = hostile;
  return value;
}

function placesIn(value: unknown): (readonly [Holder, string])[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Holder;
  return Object.keys(holder).flatMap((name) => [[holder, name] as const, ...placesIn(holder[name])]);
}
