/** What PostgreSQL does to the rows of a table when the type of a column changes. */
import type { Column } from '@mikro-orm/postgresql';

type Typed = Pick<Column, 'type'>;

/**
 * Whether the change only allows more: no row is rewritten, and what the old version writes still fits.
 * Source: PostgreSQL's documentation of ALTER TABLE (notes on rewriting the table).
 */
export function isOnlyWider(from: Typed, to: Typed): boolean {
  const [before, after] = [partsOf(from.type), partsOf(to.type)];
  if (before.name === 'varchar' && after.name === 'text') return true;
  if (before.name !== after.name) return false;
  const [length, scale] = before.numbers;
  const [newLength, newScale] = after.numbers;
  switch (before.name) {
    case 'varchar':
    case 'timestamptz':
    case 'timestamp':
      return newLength === undefined || (length !== undefined && newLength >= length);
    case 'numeric':
      return newLength === undefined || (length !== undefined && newLength >= length && newScale === scale);
    default:
      return false;
  }
}

/** Whether two columns could hold the same values, as far as their types go. */
export function isSameType(one: Typed, other: Typed): boolean {
  const [first, second] = [partsOf(one.type), partsOf(other.type)];
  return first.name === second.name && first.numbers.join() === second.numbers.join();
}

/** `varchar(255)` is `varchar` and 255. PostgreSQL and MikroORM have several names for some types. */
function partsOf(type: string): { readonly name: string; readonly numbers: readonly number[] } {
  const text = type.toLowerCase();
  const [, numbers = ''] = /\(([\d, ]+)\)/.exec(text) ?? [];
  const bare = text.replace(/\s*\([^)]*\)/, '').trim();
  return {
    name: SYNONYMS.get(bare) ?? bare,
    numbers: numbers
      .split(',')
      .filter((number) => number.trim() !== '')
      .map(Number),
  };
}

const SYNONYMS = new Map([
  ['character varying', 'varchar'],
  ['decimal', 'numeric'],
  ['timestamp with time zone', 'timestamptz'],
  ['timestamp without time zone', 'timestamp'],
  ['integer', 'int'],
  ['int4', 'int'],
  ['int8', 'bigint'],
  ['bool', 'boolean'],
]);

/** Functions whose value differs from row to row, so that PostgreSQL would have to write every row. */
const VOLATILE =
  /\b(?:gen_random_uuid|uuid_generate_\w+|uuidv[47]|random|clock_timestamp|timeofday|nextval)\b/i;

/** Whether adding the column to a table would rewrite the table while nobody may use it. */
export function rewritesTable({ default: value, generated, autoincrement }: Column): boolean {
  const isStored = generated !== undefined && !generated.toLowerCase().endsWith('virtual');
  return isStored || autoincrement === true || VOLATILE.test(value ?? '');
}
