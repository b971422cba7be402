import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { Problem } from '../core/shared/problem.ts';
import { validatorCompiler } from './validation.ts';

const strict = { additionalProperties: false };
const Body = Type.Object(
  { units: Type.String(), exit: Type.Optional(Type.Object({ price: Type.String() }, strict)) },
  strict,
);

const check = validatorCompiler({ schema: Body, httpPart: 'body', method: 'POST', url: '/orders' });

function errorsOf(body: unknown) {
  const result: unknown = check(body);
  const error = typeof result === 'object' && result !== null && 'error' in result ? result.error : undefined;
  if (!(error instanceof Problem)) throw new Error('the body was expected to be refused');
  return error.facts.errors ?? [];
}

const unknownFields = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`name${index}`, 1]));

describe('a body with many unknown fields', () => {
  it.each([1, 49, 50, 51, 3_000])('is refused with some of %i of them named', (count) => {
    const errors = errorsOf({ units: '1', ...unknownFields(count) });

    expect(errors).toHaveLength(Math.min(count, 50));
    expect(errors).toContainEqual({ pointer: '/name0', detail: 'is not known here' });
  });

  it.each([
    ['in itself', unknownFields(30_000)],
    ['in a field', { units: '1', exit: unknownFields(30_000) }],
    ['in a list', { units: [unknownFields(3_000), unknownFields(3_000)] }],
  ])('is refused before they are looked at when there are too many %s', (_where, body) => {
    expect(errorsOf(body)).toEqual([
      { pointer: expect.any(String), detail: 'must not have more than 4000 fields in all' },
    ]);
  });
});

it('a field with so many errors that its alternatives are not named has an error all the same', () => {
  const alternative = (name: string) =>
    Type.Object({ [name]: Type.String() }, { ...strict, required: [name] });
  const schema = Type.Object({ f: Type.Union([alternative('a'), alternative('b')]) }, strict);
  const checkUnion = validatorCompiler({ schema, httpPart: 'body', method: 'POST', url: '/' });

  expect(checkUnion({ f: unknownFields(100) })).toMatchObject({
    error: {
      facts: { errors: expect.arrayContaining([{ pointer: '/f/name0', detail: 'is not known here' }]) },
    },
  });
});
