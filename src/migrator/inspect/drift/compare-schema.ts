/** Compares two schemas object by object and says each difference as a person would. Computes only. */
import type { Schema, SchemaObject } from './read-schema.ts';

/** One thing that is not as it should be. */
export interface Difference {
  readonly kind: SchemaObject['kind'];
  readonly table: string | null;
  readonly name: string;
  readonly problem: 'missing' | 'unexpected' | 'different';
  /** The difference as a sentence. */
  readonly sentence: string;
}

/** Returns how `found` differs from `wanted`; empty when they are equal. A missing or unknown table is one difference. */
export function compareSchema(wanted: Schema, found: Schema): Difference[] {
  const wantedByKey = new Map(wanted.map((object) => [keyOf(object), object]));
  const foundByKey = new Map(found.map((object) => [keyOf(object), object]));
  const missing = wanted.filter((object) => !foundByKey.has(keyOf(object)));
  const unexpected = found.filter((object) => !wantedByKey.has(keyOf(object)));
  return [
    ...withoutParts(missing).map((object) => differenceOf(object, 'missing', 'is missing')),
    ...found.flatMap((object) => {
      const model = wantedByKey.get(keyOf(object));
      return model === undefined ? [] : changedFacts(model, object);
    }),
    ...withoutParts(unexpected).map((object) => differenceOf(object, 'unexpected', 'is not ours')),
  ];
}

/** What makes two objects of two schemas the same one. */
export function keyOf({ kind, table, name }: Pick<SchemaObject, 'kind' | 'table' | 'name'>): string {
  return JSON.stringify([kind, table, name]);
}

/** Returns how an object is called in a sentence: `table orders`, `orders.note`, `index orders_note_index of orders`. */
function subjectOf({ kind, table, name }: Pick<SchemaObject, 'kind' | 'table' | 'name'>): string {
  if (kind === 'column') return `${table}.${name}`;
  return table === null ? `${kind} ${name}` : `${kind} ${name} of ${table}`;
}

/** A table that is missing or too much says enough; a sequence goes with the table that owns it. */
function withoutParts(objects: Schema): Schema {
  const tables = new Set(objects.filter(({ kind }) => kind === 'table').map(({ name }) => name));
  return objects.filter(({ table, facts }) => {
    const owner = table ?? facts['owner']?.split('.')[0];
    return owner === undefined || !tables.has(owner);
  });
}

function changedFacts(wanted: SchemaObject, found: SchemaObject): Difference[] {
  const names = new Set([...Object.keys(wanted.facts), ...Object.keys(found.facts)]);
  return [...names].flatMap((fact) => {
    const [is, should] = [found.facts[fact], wanted.facts[fact]];
    return is === should ? [] : [differenceOf(found, 'different', describeFact(fact, is, should))];
  });
}

/** The facts whose values are a predicate already: `is varchar(20)`, `is invalid`, `may be null`. */
function describeFact(fact: string, is: string | undefined, should: string | undefined): string {
  if (fact === 'rule') return `${is}; it ${should}`;
  if (fact === 'state' || fact === 'type' || fact === 'kind')
    return `is ${shortType(is ?? 'none')} and should be ${shortType(should ?? 'none')}`;
  if (is === undefined) return `has no ${fact}; it should have ${quote(should)}`;
  if (should === undefined) return `has the ${fact} ${quote(is)}; it should have none`;
  return `has the ${fact} ${quote(is)}; it should have ${quote(should)}`;
}

/** A definition may be a whole function body. */
const LONGEST_QUOTE = 300;

function quote(text = ''): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return `"${line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE)}…` : line}"`;
}

/** PostgreSQL spells types in full; people and migrations write the short names. */
function shortType(type: string): string {
  return type
    .replace('character varying', 'varchar')
    .replace(/timestamp(\(\d\))? with time zone/, 'timestamptz$1')
    .replace(/timestamp(\(\d\))? without time zone/, 'timestamp$1')
    .replace('double precision', 'double');
}

function differenceOf(
  { kind, table, name }: SchemaObject,
  problem: Difference['problem'],
  predicate: string,
): Difference {
  return { kind, table, name, problem, sentence: `${subjectOf({ kind, table, name })} ${predicate}` };
}
