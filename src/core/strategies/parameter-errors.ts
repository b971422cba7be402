/** What a schema finds wrong with parameters, in sentences for the person who wrote them. */

import type { TObject } from 'typebox';
import { Value } from 'typebox/value';
import type { FieldError } from '../shared/problem.ts';

type SchemaError = ReturnType<typeof Value.Errors>[number];

/** Returns one error for each parameter that is unknown or wrong. `input` was found not to be what `schema` says. */
export function schemaErrors(schema: TObject, input: unknown): readonly FieldError[] {
  const byPointer = new Map<string, FieldError>();
  for (const error of Value.Errors(schema, input)) {
    for (const { pointer, detail } of fieldErrors(error, schema, input)) {
      // The first is enough: what has the wrong type is out of bounds too.
      if (!byPointer.has(pointer)) byPointer.set(pointer, { pointer, detail });
    }
  }
  return [...byPointer.values()];
}

function fieldErrors(error: SchemaError, schema: TObject, input: unknown): readonly FieldError[] {
  if (error.keyword === 'additionalProperties') {
    const detail = `is unknown; known are ${Object.keys(schema.properties).join(', ')}`;
    return error.params.additionalProperties.map((name) => ({
      pointer: pointerTo(`/${escaped(name)}`),
      detail,
    }));
  }
  // Says once more, of each unknown parameter, that it is unknown.
  if (error.keyword === 'boolean') return [];
  const value = Value.Pointer.Get(input, error.instancePath);
  const was = value === undefined ? 'missing' : JSON.stringify(value);
  return [{ pointer: pointerTo(error.instancePath), detail: `${wanted(error)}, was ${was}` }];
}

function wanted(error: SchemaError): string {
  if (error.keyword === 'minimum') return `must be at least ${error.params.limit}`;
  if (error.keyword === 'maximum') return `must be at most ${error.params.limit}`;
  if (error.keyword === 'enum') return `must be one of ${error.params.allowedValues.join(', ')}`;
  if (error.keyword !== 'type') return error.message;
  const type = String(error.params.type);
  return `must be ${NAMES_OF_TYPES.get(type) ?? type}`;
}

const NAMES_OF_TYPES = new Map([
  ['integer', 'a whole number'],
  ['number', 'a number'],
  ['boolean', 'true or false'],
  ['string', 'text'],
  ['object', 'an object'],
]);

const pointerTo = (path: string): string => `/parameters${path}`;

/** RFC 6901: `~` and `/` within a name. */
const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
