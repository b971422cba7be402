/** A JSON Schema, as far as the API's documents use it, as a type of TypeScript. */

import type { Schema } from './broken-schemas.ts';

/** Returns the type of what a schema allows. */
export function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? 'unknown';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' | ');
  const { type, format } = schema;
  if (format === 'binary') return 'Blob';
  if (type === undefined) return 'unknown';
  const types = typeof type === 'string' ? [type] : type;
  return types.map((one) => typeOfKind(one, schema)).join(' | ');
}

function typeOfKind(type: string, schema: Schema): string {
  switch (type) {
    case 'object':
      return objectType(schema);
    case 'array':
      return `readonly (${typeOf(schema.items ?? {})})[]`;
    case 'integer':
      return 'number';
    default:
      return type;
  }
}

function objectType({ properties, required = [], additionalProperties, patternProperties }: Schema): string {
  const others =
    typeof additionalProperties === 'object'
      ? additionalProperties
      : Object.values(patternProperties ?? {})[0];
  if (!properties) return `Readonly<Record<string, ${others ? typeOf(others) : 'unknown'}>>`;
  const fields = Object.entries(properties).map(
    ([name, property]) =>
      `${comment(property)}readonly '${name}'${required.includes(name) ? '' : '?'}: ${typeOf(property)};`,
  );
  return `{ ${fields.join('\n')} }`;
}

function comment({ description }: Schema): string {
  return description === undefined ? '' : `\n/** ${description.replaceAll('*/', '* /')} */\n`;
}
