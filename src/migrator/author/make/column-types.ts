/** What PostgreSQL does to the rows of a table when the type of a column changes. The parser is loaded by then. */
import { parseExpression } from '../../review/sql/parse-sql.ts';
import { functionsOf, nodesOf, typeOf } from '../../review/sql/tree.ts';
import { keepsRows } from '../../review/sql/type-change.ts';
import { builtInVolatility } from '../../review/statement-effects.ts';
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
  // Whether a time without a zone meant UTC to the one who wrote it is not for us to say.
  const isOtherTime = before.name !== after.name && [before, after].every(({ name }) => TIMES.test(name));
  if (isOtherTime) return 'unknown';
  if (keepsRows(before, after)) return 'wider';
  if (holdsEveryNumber(before, after)) return 'beside';
  if (isNumber(before) && isNumber(after)) return 'narrower';
  if (isString(after) && (isString(before) || TELLABLE.has(before.name) || isNumber(before)))
    return 'narrower';
  if (isString(before) && (isNumber(after) || TELLABLE.has(after.name))) return 'cast';
  return before.name === after.name && TIMES.test(before.name) ? 'narrower' : 'unknown';
}

const TIMES = /^timestamp(?:tz)?$/;

/** Whether no value can fail to fit, so that none is looked at. */
export function fitsAlways(from: Typed, to: Typed): boolean {
  const kind = kindOfTypeChange(from, to);
  const after = partsOf(to.type);
  const isUnlimited = kind === 'narrower' && isString(after) && after.numbers.length === 0;
  return kind === 'wider' || kind === 'beside' || isUnlimited;
}

/** The digits before the point that the values of a type may have. */
const WHOLE_DIGITS = new Map([
  ['int2', 5],
  ['int4', 10],
  ['int8', 19],
]);

function holdsEveryNumber(before: ColumnType, after: ColumnType): boolean {
  const digits = WHOLE_DIGITS.get(before.name);
  const newDigits = WHOLE_DIGITS.get(after.name);
  if (digits !== undefined && newDigits !== undefined) return newDigits > digits;
  if (before.name === 'float4') return after.name === 'float8';
  // A double holds 15 digits, and so no bigint.
  if (digits !== undefined && after.name === 'float8') return digits <= 10;
  if (after.name !== 'numeric') return false;
  const [length, scale = 0] = after.numbers;
  if (digits !== undefined) return length === undefined || length - scale >= digits;
  const [oldLength, oldScale = 0] = before.numbers;
  if (before.name !== 'numeric' || oldLength === undefined || length === undefined) return false;
  return scale >= oldScale && length - scale >= oldLength - oldScale;
}

function isNumber({ name }: ColumnType): boolean {
  return WHOLE_DIGITS.has(name) || /^(?:numeric|float[48])$/.test(name);
}

function isString({ name }: ColumnType): boolean {
  return name === 'varchar' || name === 'text';
}

/** Types whose values are the same after they were a text. */
const TELLABLE = new Set(['uuid', 'bool', 'inet', 'date']);

/** Whether two columns could hold the same values, as far as their types go. */
export function isSameType(one: Typed, other: Typed): boolean {
  const [first, second] = [partsOf(one.type), partsOf(other.type)];
  return first.name === second.name && first.numbers.join() === second.numbers.join();
}

/** By PostgreSQL's own names: `integer` and `int` are `int4`. What it cannot read is a type of its own. */
function partsOf(type: string): ColumnType {
  const [cast] = nodesOf('TypeCast', parseExpression(`null::${type}`));
  return cast === undefined ? { name: type, numbers: [], isArray: false } : typeOf(cast.typeName);
}

/** Whether adding the column to a table would rewrite the table under a lock that blocks all use. */
export function rewritesTable({ default: value, generated, autoincrement }: Column): boolean {
  const isStored = generated !== undefined && !generated.toLowerCase().endsWith('virtual');
  const functions = value == null ? [] : functionsOf(parseExpression(value));
  return isStored || autoincrement === true || functions.some((name) => builtInVolatility(name) === true);
}
