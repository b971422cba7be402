/** Values for a JSON Schema, as fast-check draws them. */

import fc from 'fast-check';

/** A JSON Schema, as far as the API's description uses it. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly examples?: readonly unknown[];
}

/** Returns the ids that a field of this name may hold. */
export type IdsOf = (field: string) => readonly string[];

/** Long enough to be seen, and short enough to send thousands. */
const LONGEST_TEXT = 40;
const MOST_ITEMS = 3;

/** Draws values that a schema allows; ids are those of `idsOf`. */
export function valuesOf(schema: JsonSchema, idsOf: IdsOf, field = ''): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => valuesOf(one, idsOf, field)));
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['object']);
  return fc.oneof(...types.map((type) => valuesOfType(type, schema, idsOf, field)));
}

function valuesOfType(type: string, schema: JsonSchema, idsOf: IdsOf, field: string): fc.Arbitrary<unknown> {
  switch (type) {
    case 'object':
      return objects(schema, idsOf);
    case 'array':
      return arrays(schema, idsOf, field);
    case 'string':
      return texts(schema, idsOf, field);
    case 'integer':
      return fc.integer(wholeBounds(schema));
    case 'number':
      return numbers(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      throw new Error(`No values are known for the type ${type} of ${field}`);
  }
}

function objects(schema: JsonSchema, idsOf: IdsOf): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties, patternProperties = {} } = schema;
  const named = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, valuesOf(one, idsOf, name)])),
    { requiredKeys: [...required] },
  );
  const ofOthers =
    Object.values(patternProperties)[0] ??
    (typeof additionalProperties === 'object' ? additionalProperties : undefined);
  if (!ofOthers) return named;
  const others = fc.dictionary(
    fc.constantFrom('EUR_USD', 'USD_JPY', 'fast', 'slow'),
    valuesOf({ type: 'string', ...ofOthers }, idsOf, 'seriesId'),
    { maxKeys: MOST_ITEMS },
  );
  return fc.tuple(named, others).map(([one, other]) => ({ ...one, ...other }));
}

function arrays(schema: JsonSchema, idsOf: IdsOf, field: string): fc.Arbitrary<unknown> {
  const { items = { type: 'string' }, minItems = 0, maxItems = MOST_ITEMS, uniqueItems = false } = schema;
  const of = valuesOf(items, idsOf, field);
  const lengths = { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, MOST_ITEMS)) };
  return uniqueItems ? fc.uniqueArray(of, lengths) : fc.array(of, lengths);
}

function texts(schema: JsonSchema, idsOf: IdsOf, field: string): fc.Arbitrary<unknown> {
  const { format, pattern, examples = [], minLength = 0, maxLength = 300 } = schema;
  if (format === 'uuid') return fc.constantFrom(...idsOf(field));
  if (field === 'instrument' || field === 'instruments') return fc.constantFrom('EUR_USD', 'USD_JPY');
  if (format === 'date-time') return times.map((date) => date.toISOString());
  if (format === 'date') return times.map((date) => date.toISOString().slice(0, 10));
  const drawn = pattern === undefined ? freeText(minLength, maxLength) : matching(pattern, maxLength);
  return examples.length > 0 ? fc.oneof(fc.constantFrom(...examples), drawn) : drawn;
}

const times = fc.date({ min: new Date('2020-01-01Z'), max: new Date('2030-01-01Z'), noInvalidDate: true });

function freeText(minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, LONGEST_TEXT)) });
}

/** What looks ahead is a decimal or a name here; the library that draws cannot look ahead. */
function matching(pattern: string, maxLength: number): fc.Arbitrary<string> {
  if (pattern.includes('(?')) return fc.constantFrom('1', '1.1', '0.0005', '2.5', '10000', 'name');
  if (pattern.includes('\\p{')) return freeText(1, maxLength);
  return fc.stringMatching(new RegExp(pattern, 'u'), { maxLength });
}

function wholeBounds({ minimum, exclusiveMinimum, maximum }: JsonSchema) {
  const min = minimum ?? (exclusiveMinimum === undefined ? -1_000 : exclusiveMinimum + 1);
  return { min, max: Math.max(min, Math.min(maximum ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) };
}

function numbers(schema: JsonSchema): fc.Arbitrary<number> {
  const { min, max } = wholeBounds(schema);
  const ofParts = fc.double({ min, max, noNaN: true, minExcluded: schema.exclusiveMinimum === min });
  return fc.oneof(fc.integer({ min: Math.ceil(min), max: Math.floor(max) }), ofParts);
}
