/** What PostgreSQL does to the rows of a table when the type of a column changes. */
import { keepsRows } from '../../review/sql/type-change.ts';
import type { Column } from '@mikro-orm/postgresql';
import type { ColumnType } from '../../review/sql/tree.ts';

type Typed = Pick<Column, 'type'>;

/**
 * How a type changes. `wider`: no row is rewritten, and what the old version writes still fits. `beside`: every value fits, but every
 * row is rewritten, so the new type grows in a column beside the old one. `narrower`: values may not fit, and are looked at first.
 * `cast`: the same, and PostgreSQL stores the one as the other only with a cast. `unknown`: a person must say what it means.
 */
export type TypeChangeKind = 'wider' | 'beside' | 'narrower' | 'cast' | 'unknown';

/** Returns how a type changes. */
export function kindOfTypeChange(from: Typed, to: Typed): TypeChangeKind {
  const [before, after] = [partsOf(from.type), partsOf(to.type)];
  if (keepsRows(before, after, { isUtc: false })) return 'wider';
  if (holdsEveryNumber(before, after)) return 'beside';
  if (isNumber(before) && isNumber(after)) return 'narrower';
  if (isString(after) && (isString(before) || TELLABLE.has(before.name) || isNumber(before)))
    return 'narrower';
  if (isString(before) && (isNumber(after) || TELLABLE.has(after.name))) return 'cast';
  const isSameKind = before.name === after.name && /^(?:timestamptz|timestamp)$/.test(before.name);
  return isSameKind ? 'narrower' : 'unknown';
}

/** Whether no value can fail to fit, so that none is looked at. */
export function fitsAlways(from: Typed, to: Typed): boolean {
  const kind = kindOfTypeChange(from, to);
  const after = partsOf(to.type);
  const isUnlimited = kind === 'narrower' && isString(after) && after.numbers.length === 0;
  return kind === 'wider' || kind === 'beside' || isUnlimited;
}

/** The digits before the point that the values of a type may have. */
const WHOLE_DIGITS = new Map([
  ['smallint', 5],
  ['int', 10],
  ['bigint', 19],
]);

function holdsEveryNumber(before: ColumnType, after: ColumnType): boolean {
  const digits = WHOLE_DIGITS.get(before.name);
  const newDigits = WHOLE_DIGITS.get(after.name);
  if (digits !== undefined && newDigits !== undefined) return newDigits > digits;
  if (before.name === 'real') return after.name === 'double precision';
  // A double holds 15 digits, and so no bigint.
  if (digits !== undefined && after.name === 'double precision') return digits <= 10;
  if (after.name !== 'numeric') return false;
  const [length, scale = 0] = after.numbers;
  if (digits !== undefined) return length === undefined || length - scale >= digits;
  const [oldLength, oldScale = 0] = before.numbers;
  if (before.name !== 'numeric' || oldLength === undefined || length === undefined) return false;
  return scale >= oldScale && length - scale >= oldLength - oldScale;
}

function isNumber({ name }: ColumnType): boolean {
  return WHOLE_DIGITS.has(name) || /^(?:numeric|real|double precision)$/.test(name);
}

function isString({ name }: ColumnType): boolean {
  return name === 'varchar' || name === 'text';
}

/** Types whose values are the same after they were a text. */
const TELLABLE = new Set(['uuid', 'boolean', 'inet', 'date']);

/** Whether two columns could hold the same values, as far as their types go. */
export function isSameType(one: Typed, other: Typed): boolean {
  const [first, second] = [partsOf(one.type), partsOf(other.type)];
  return first.name === second.name && first.numbers.join() === second.numbers.join();
}

/** `varchar(255)` is `varchar` and 255. PostgreSQL and MikroORM have several names for some types. */
function partsOf(type: string): ColumnType {
  const text = type.toLowerCase();
  const [, numbers = ''] = /\(([\d, ]+)\)/.exec(text) ?? [];
  const bare = text.replace(/\s*\([^)]*\)/, '').trim();
  return {
    name: SYNONYMS.get(bare) ?? bare,
    isArray: bare.endsWith('[]'),
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
  ['int2', 'smallint'],
  ['float4', 'real'],
  ['float8', 'double precision'],
  ['bool', 'boolean'],
]);

/** Functions whose value differs from row to row, so that PostgreSQL would have to write every row. */
const VOLATILE =
  /\b(?:gen_random_uuid|uuid_generate_\w+|uuidv[47]|random|clock_timestamp|timeofday|nextval)\b/i;

/** Whether adding the column to a table would rewrite the table under a lock that blocks all use. */
export function rewritesTable({ default: value, generated, autoincrement }: Column): boolean {
  const isStored = generated !== undefined && !generated.toLowerCase().endsWith('virtual');
  return isStored || autoincrement === true || VOLATILE.test(value ?? '');
}
