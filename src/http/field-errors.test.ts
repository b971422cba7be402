import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { describeErrors, SENTENCE } from './field-errors.ts';
import { orNull } from './values.ts';

function messages(schema: TSchema, value: unknown) {
  return describeErrors(schema, Compile(schema).Errors(value)).map(
    ({ pointer, detail }) => `${pointer} ${detail}`,
  );
}

const field = (schema: TSchema) => Type.Object({ f: schema }, { additionalProperties: false });

describe('a wrong field is described in a sentence', () => {
  it.each<[string, TSchema, unknown, readonly string[]]>([
    ['a missing field', field(Type.String()), {}, ['/f is required']],
    [
      'an unknown field whose name needs escaping',
      Type.Object({}, { additionalProperties: false }),
      { 'a/b~c': 1 },
      ['/a~1b~0c is not known here'],
    ],
    [
      'a field of a list',
      Type.Array(field(Type.Integer())),
      [{ f: 1 }, { f: 'x' }],
      ['/1/f must be an integer'],
    ],
    ['another type', field(Type.Array(Type.String())), { f: 1 }, ['/f must be an array']],
    ['a literal', field(Type.Literal('a')), { f: 'b' }, ['/f must be "a"']],
    [
      'a union of literals',
      field(Type.Union([Type.Literal('a'), Type.Literal('b')])),
      { f: 'c' },
      ['/f must be one of "a", "b"'],
    ],
    [
      'a union of types',
      field(Type.Union([Type.String(), Type.Integer()])),
      { f: true },
      ['/f must be one of string, integer'],
    ],
    [
      'what may be null',
      field(Type.Union([Type.String({ maxLength: 1 }), Type.Null()])),
      { f: 'ab' },
      ['/f must have at most 1 character'],
    ],
    [
      'what may be null and is something else',
      field(Type.Union([Type.String(), Type.Null()])),
      { f: 1 },
      ['/f must be a string'],
    ],
    ['one type or null', field(orNull(Type.Integer())), { f: 0.5 }, ['/f must be an integer']],
    [
      'a format',
      field(Type.String({ format: 'date-time' })),
      { f: 'today' },
      ['/f must be a time such as 2026-01-31T12:00:00Z (RFC 3339)'],
    ],
    ['bounds', field(Type.Integer({ minimum: 2, maximum: 5 })), { f: 1 }, ['/f must be at least 2']],
    [
      'lists that are too long',
      field(Type.Array(Type.Integer(), { maxItems: 1 })),
      { f: [1, 2] },
      ['/f must have at most 1 item'],
    ],
    [
      'a pattern with a sentence of its own',
      field(Type.String({ pattern: '^a', minLength: 5, [SENTENCE]: 'must begin with a' })),
      { f: 'b' },
      ['/f must begin with a'],
    ],
    [
      'a sentence inside what may be null',
      field(Type.Union([Type.String({ pattern: '^a', [SENTENCE]: 'must begin with a' }), Type.Null()])),
      { f: 'b' },
      ['/f must begin with a'],
    ],
  ])('%s', (_what, schema, value, expected) => {
    expect(messages(schema, value)).toEqual(expected);
  });

  it('reports all of them', () => {
    const schema = Type.Object(
      { a: Type.String(), b: Type.Integer(), c: Type.Boolean() },
      { additionalProperties: false },
    );

    expect(messages(schema, { b: 'x', d: 1 }).sort()).toEqual([
      '/a is required',
      '/b must be an integer',
      '/c is required',
      '/d is not known here',
    ]);
  });
});
