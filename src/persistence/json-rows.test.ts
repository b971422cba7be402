import { expect, it } from 'vitest';
import { jsonRows } from './json-rows.ts';

it('replaces half of a pair of UTF-16 units, which PostgreSQL refuses, and nothing else', () => {
  const texts = [
    'plain',
    'half \ud83d of a pair',
    '\udc00',
    'a pair: \ud83d\ude00',
    String.raw`written out: \ud83d`,
    '\\\ud83d',
  ];

  expect(JSON.parse(jsonRows(texts.map((text) => ({ text }))))).toEqual(
    [
      'plain',
      'half \ufffd of a pair',
      '\ufffd',
      'a pair: \ud83d\ude00',
      String.raw`written out: \ud83d`,
      '\\\ufffd',
    ].map((text) => ({ text })),
  );
});
