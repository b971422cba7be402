/** Two schemas of one thing: what a program could send and no longer may, and what it could rely on and no longer can. */

/** A JSON Schema, as far as the API's documents use it. */
export interface Schema {
  readonly description?: string;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly uniqueItems?: boolean;
}

export type Schemas = Readonly<Record<string, Schema>>;

interface Both {
  readonly before: Schemas;
  readonly after: Schemas;
}

/** Says what of a request is refused that was taken. */
export function brokenRequest(was: Schema, is: Schema, schemas: Both, at: string): readonly string[] {
  return compare(was, is, { schemas, at, isRequest: true });
}

/** Says what of an answer is missing that was there, or comes that never came. */
export function brokenAnswer(was: Schema, is: Schema, schemas: Both, at: string): readonly string[] {
  return compare(was, is, { schemas, at, isRequest: false });
}

interface Place {
  readonly schemas: Both;
  readonly at: string;
  readonly isRequest: boolean;
}

function compare(wasGiven: Schema, isGiven: Schema, place: Place): readonly string[] {
  const was = resolved(wasGiven, place.schemas.before);
  const is = resolved(isGiven, place.schemas.after);
  if (was.anyOf || is.anyOf) return brokenAlternatives(was, is, place);
  return [
    ...brokenKinds(was, is, place),
    ...brokenValues(was, is, place),
    ...(place.isRequest ? brokenBounds(was, is, place) : []),
    ...brokenProperties(was, is, place),
    ...(was.items && is.items ? compare(was.items, is.items, below(place, '[]')) : []),
    ...brokenOthers(was, is, place),
  ];
}

function resolved(schema: Schema, schemas: Schemas): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : (schemas[name] ?? {});
}

function below(place: Place, name: string): Place {
  return { ...place, at: `${place.at}.${name}` };
}

/** Each alternative that a request could be must still be one; an answer must be one of those that were. */
function brokenAlternatives(was: Schema, is: Schema, place: Place): readonly string[] {
  const [from, to] = place.isRequest ? [was, is] : [is, was];
  const candidates = to.anyOf ?? [to];
  const lost = (from.anyOf ?? [from]).filter((one) =>
    candidates.every((other) => {
      const [before, after] = place.isRequest ? [one, other] : [other, one];
      return compare(before, after, place).length > 0;
    }),
  );
  return lost.length === 0 ? [] : [`${place.at}: ${lost.length} of its alternatives changed`];
}

function typesOf({ type, enum: values, const: value }: Schema): readonly string[] | undefined {
  if (type !== undefined) return typeof type === 'string' ? [type] : type;
  const known = values ?? (value === undefined ? undefined : [value]);
  return known && [...new Set(known.map((one) => (one === null ? 'null' : typeof one)))];
}

function brokenKinds(was: Schema, is: Schema, { at, isRequest }: Place): readonly string[] {
  const [before, after] = [typesOf(was), typesOf(is)];
  const [from, to] = isRequest ? [before, after] : [after, before];
  if (!to) return [];
  if (!from) return [`${at}: its type is ${to.join(' or ')} now`];
  const isWithin = (type: string) => to.includes(type) || (type === 'integer' && to.includes('number'));
  const others = from.filter((type) => !isWithin(type));
  if (others.length === 0) return [];
  return [`${at}: ${others.join(' and ')} ${isRequest ? 'is not taken any more' : 'may come now'}`];
}

/** Programs must expect values in answers that they do not know: new ones break none. */
function brokenValues(was: Schema, is: Schema, { at, isRequest }: Place): readonly string[] {
  const allowed = valuesOf(is);
  if (!isRequest || !allowed) return [];
  const before = valuesOf(was);
  if (!before) return [`${at}: only some values are taken now`];
  const others = before.filter((value) => !allowed.includes(value));
  return others.map((value) => `${at}: ${JSON.stringify(value)} is not taken any more`);
}

function valuesOf({ enum: values, const: value }: Schema): readonly unknown[] | undefined {
  return values ?? (value === undefined ? undefined : [value]);
}

const LEAST = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'] as const;
const MOST = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'] as const;

function brokenBounds(was: Schema, is: Schema, { at }: Place): readonly string[] {
  const raised = LEAST.filter((bound) => (is[bound] ?? -Infinity) > (was[bound] ?? -Infinity));
  const lowered = MOST.filter((bound) => (is[bound] ?? Infinity) < (was[bound] ?? Infinity));
  const others = (['pattern', 'format', 'uniqueItems'] as const).filter(
    (rule) => is[rule] !== undefined && is[rule] !== was[rule],
  );
  return [...raised, ...lowered, ...others].map((rule) => `${at}: its ${rule} is ${String(is[rule])} now`);
}

function brokenProperties(was: Schema, is: Schema, place: Place): readonly string[] {
  const [before, after] = [was.properties ?? {}, is.properties ?? {}];
  const needed = (is.required ?? []).filter(
    (name) => place.isRequest && was.required?.includes(name) !== true,
  );
  return [
    ...needed.map((name) => `${place.at}.${name} is needed now`),
    ...Object.entries(before).flatMap(([name, schema]) => {
      const now = after[name];
      if (!now) {
        const isTaken = place.isRequest && is.additionalProperties !== false;
        return isTaken ? [] : [`${place.at}.${name} is gone`];
      }
      const isOptionalNow =
        !place.isRequest && was.required?.includes(name) === true && is.required?.includes(name) !== true;
      return [
        ...(isOptionalNow ? [`${place.at}.${name} may be missing now`] : []),
        ...compare(schema, now, below(place, name)),
      ];
    }),
  ];
}

function brokenOthers(was: Schema, is: Schema, place: Place): readonly string[] {
  const { additionalProperties: before } = was;
  const { additionalProperties: after } = is;
  if (typeof before === 'object' && typeof after === 'object')
    return compare(before, after, below(place, '*'));
  return place.isRequest && before !== false && after === false && was.properties === undefined
    ? [`${place.at}: no other properties are taken any more`]
    : [];
}
