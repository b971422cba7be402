/** Ids as they come in: any case is allowed (RFC 9562, 4), and inside each id has one form, because it is compared as text. */

import { isRecord } from '../core/shared/json.ts';
import type { TSchema } from 'typebox';
import { isUuid } from '../core/shared/uuid.ts';

/** Returns a value with its ids in lower case; objects and arrays are changed in place. */
export type CanonicalIds = (value: unknown) => unknown;

/** As far as schemas are walked through here. */
interface SchemaNode {
  readonly format?: unknown;
  readonly items?: unknown;
  readonly properties?: object;
  readonly patternProperties?: object;
  readonly anyOf?: readonly unknown[];
}

/** Returns what brings the ids in values of a schema into lower case; undefined when they have none. Made once for each schema. */
export function canonicalIds(schema: TSchema): CanonicalIds | undefined {
  return walk(schema);
}

function walk(schema: unknown): CanonicalIds | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  const { format, items, properties, patternProperties, anyOf = [] }: SchemaNode = schema;
  if (format === 'uuid') return lowerCase;
  const ofItems = walk(items);
  const ofNames = walkAll(Object.entries({ ...properties }));
  const [ofAnyName] = walkAll(Object.entries({ ...patternProperties }));
  const alternatives = anyOf.flatMap((alternative) => walk(alternative) ?? []);
  const parts = [
    ofItems && ((value: unknown) => changeItems(value, ofItems)),
    ofNames.length > 0 && ((value: unknown) => changeMembers(value, ofNames)),
    ofAnyName && ((value: unknown) => changeAllMembers(value, ofAnyName[1])),
    ...alternatives,
  ].filter((part) => typeof part === 'function');
  if (parts.length === 0) return undefined;
  return (value) => parts.reduce((changed, part) => part(changed), value);
}

type Member = readonly [name: string, canonical: CanonicalIds];

function walkAll(schemas: readonly (readonly [string, unknown])[]): readonly Member[] {
  return schemas.flatMap(([name, schema]) => {
    const canonical = walk(schema);
    return canonical ? [[name, canonical] as const] : [];
  });
}

/** Only what is an id: a text of another alternative stays as it is. */
function lowerCase(value: unknown): unknown {
  return typeof value === 'string' && isUuid(value) ? value.toLowerCase() : value;
}

function changeItems(value: unknown, canonical: CanonicalIds): unknown {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) value[index] = canonical(item);
  return value;
}

function changeMembers(value: unknown, members: readonly Member[]): unknown {
  if (!isRecord(value)) return value;
  for (const [name, canonical] of members)
    if (Object.hasOwn(value, name)) value[name] = canonical(value[name]);
  return value;
}

function changeAllMembers(value: unknown, canonical: CanonicalIds): unknown {
  if (!isRecord(value)) return value;
  for (const [name, member] of Object.entries(value)) value[name] = canonical(member);
  return value;
}
