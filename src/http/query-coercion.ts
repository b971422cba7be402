/** Query strings know only text: here, and only here, text becomes the number or truth that the schema wants. */

import type { TSchema } from 'typebox';

const INTEGER = /^-?\d{1,15}$/;
const NUMBER = /^-?\d{1,15}(?:\.\d{1,15})?$/;

/** Returns the query with each parameter in the type of its schema; what cannot be turned stays, and fails the check. */
export function coerceQuery(schema: TSchema, query: unknown): Record<string, unknown> {
  const properties = propertiesOf(schema);
  const parameters = typeof query === 'object' && query !== null ? Object.entries(query) : [];
  return Object.fromEntries(parameters.map(([name, text]) => [name, coerce(properties[name], text)]));
}

function coerce(schema: unknown, value: unknown): unknown {
  const { type, items } = asSchema(schema);
  if (type === 'array') return (Array.isArray(value) ? value : [value]).map((item) => coerce(items, item));
  if (typeof value !== 'string') return value;
  if (type === 'integer' && INTEGER.test(value)) return Number(value);
  if (type === 'number' && NUMBER.test(value)) return Number(value);
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function propertiesOf(schema: unknown): Record<string, unknown> {
  return { ...asSchema(schema).properties };
}

interface QuerySchema {
  readonly type?: unknown;
  readonly items?: unknown;
  readonly properties?: object;
}

function asSchema(schema: unknown): QuerySchema {
  return typeof schema === 'object' && schema !== null ? schema : {};
}
