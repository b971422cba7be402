import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { coerceQuery } from './query-coercion.ts';

const schema = Type.Object({
  count: Type.Optional(Type.Integer()),
  ratio: Type.Optional(Type.Number()),
  open: Type.Optional(Type.Boolean()),
  name: Type.Optional(Type.String()),
  sizes: Type.Optional(Type.Array(Type.Integer())),
});

describe('a query', () => {
  it.each([
    [{ count: '5' }, { count: 5 }],
    [{ count: '-5' }, { count: -5 }],
    [{ ratio: '0.25' }, { ratio: 0.25 }],
    [{ open: 'true' }, { open: true }],
    [{ sizes: '5' }, { sizes: [5] }],
    [{ sizes: ['5', '6'] }, { sizes: [5, 6] }],
    [{ name: '5' }, { name: '5' }],
  ])('%j becomes what the schema wants', (query, expected) => {
    expect(coerceQuery(schema, query)).toEqual(expected);
  });

  it.each([
    { count: '5.5' },
    { count: '0x10' },
    { count: '1e3' },
    { count: '' },
    { count: ' 5' },
    { count: '9999999999999999' },
    { ratio: 'Infinity' },
    { open: '1' },
    { open: 'TRUE' },
    { count: ['5', '6'] },
    { other: '5' },
  ])('%j stays as it is, and fails the check', (query) => {
    expect(coerceQuery(schema, query)).toEqual(query);
  });
});
