/** Compares answers with the schema that OANDA published, as test/fixtures/oanda-v20-schema.json holds it. */
import { readFileSync } from 'node:fs';
import { assert } from '../../src/core/shared/assert.ts';

/** A field is a type's name, `@Definition`, `#Enumeration`, a list of one of these, or an object of fields. */
type Shape = string | readonly [Shape] | Shapes;
interface Shapes {
  readonly [field: string]: Shape;
}

interface Schema {
  readonly enumerations: Readonly<Record<string, readonly string[]>>;
  readonly answers: Readonly<Record<string, Shapes>>;
  readonly definitions: Readonly<Record<string, Shapes>>;
}

const SCHEMA = JSON.parse(
  readFileSync(new URL('../fixtures/oanda-v20-schema.json', import.meta.url), 'utf8'),
) as Schema;

/** The operations with the status of each answer that has a body of its own: `GET /accounts 200`. */
export const PUBLISHED_ANSWERS = Object.keys(SCHEMA.answers);

/** Returns where the body of an answer differs from the schema, as `Definition.field` with what is there. */
export function schemaDifferences(answer: string, body: unknown): readonly string[] {
  const shape = SCHEMA.answers[answer];
  assert(shape !== undefined, `an answer of the schema was wanted, was ${answer}`);
  return differences(body, shape, 'answer', 'answer');
}

function differences(value: unknown, shape: Shape, owner: string, field: string): readonly string[] {
  const place = owner === field ? owner : `${owner}.${field}`;
  if (Array.isArray(shape)) {
    const [item] = shape as readonly [Shape];
    if (!Array.isArray(value)) return [`${place} is no list`];
    return value.flatMap((one) => differences(one, item, owner, field));
  }
  if (typeof shape === 'object') return fieldDifferences(value, shape as Shapes, owner);
  if (shape.startsWith('@')) return definedDifferences(value, shape.slice(1), place);
  if (shape.startsWith('#')) {
    const words = SCHEMA.enumerations[shape.slice(1)] ?? [];
    return words.includes(String(value)) ? [] : [`${place} is ${String(value)}`];
  }
  const isRight =
    shape === 'integer' ? Number.isInteger(value) : typeof value === (shape === 'number' ? 'number' : shape);
  return isRight ? [] : [`${place} is no ${shape}`];
}

function definedDifferences(value: unknown, name: string, place: string): readonly string[] {
  const concrete = concreteName(value, name);
  const shape = SCHEMA.definitions[concrete];
  return shape ? fieldDifferences(value, shape, concrete) : [`${place} is a ${concrete}`];
}

function fieldDifferences(value: unknown, shape: Shapes, owner: string): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${owner} is no object`];
  return Object.entries(value).flatMap(([field, inner]) => {
    const wanted = shape[field];
    return wanted === undefined
      ? [`${owner}.${field} is not in it`]
      : differences(inner, wanted, owner, field);
  });
}

/** Transactions and orders are of many kinds: each says its own. */
function concreteName(value: unknown, name: string): string {
  if ((name !== 'Transaction' && name !== 'Order') || typeof value !== 'object' || value === null)
    return name;
  const type = 'type' in value ? String(value.type) : '';
  const words = type.split('_').map((word) => word.charAt(0) + word.slice(1).toLowerCase());
  return `${words.join('')}${name}`;
}
