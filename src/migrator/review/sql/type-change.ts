/** What PostgreSQL does to values and rows when a column gets another type. Source: its documentation of ALTER TABLE, Notes. */
import type { ColumnType } from './tree.ts';

/** Returns how values can be lost without an error: undefined where they cannot. `isExplicit` is a cast that was written out. */
export function lossOf(
  from: ColumnType | undefined,
  to: ColumnType,
  { isExplicit }: { readonly isExplicit: boolean },
): 'cut off' | 'rounded' | undefined {
  if (to.isArray) return undefined;
  if (TEXTS.has(to.name)) return isExplicit && isShorter(from, to) ? 'cut off' : undefined;
  const isRounded =
    (to.name === 'numeric' && scaleOf(to) !== undefined && isFiner(from, scaleOf(to) ?? 0)) ||
    (INTEGERS.has(to.name) && from !== undefined && (FLOATS.has(from.name) || isFiner(from, 0))) ||
    (to.name === 'float4' && from !== undefined && (from.name === 'float8' || from.name === 'numeric')) ||
    (TIMES.has(to.name) && isMorePrecise(from, to)) ||
    (to.name === 'date' && from !== undefined && from.name.startsWith('timestamp'));
  return isRounded ? 'rounded' : undefined;
}

const TEXTS: ReadonlySet<string> = new Set(['varchar', 'bpchar', 'bit', 'varbit']);
const INTEGERS: ReadonlySet<string> = new Set(['int2', 'int4', 'int8']);
const FLOATS: ReadonlySet<string> = new Set(['float4', 'float8']);
const TIMES: ReadonlySet<string> = new Set(['timestamp', 'timestamptz', 'time', 'timetz', 'interval']);
/** Of times without a number. */
const MICROSECONDS = 6;

/** What is not known may be longer. */
function isShorter(from: ColumnType | undefined, { name, numbers: [length] }: ColumnType): boolean {
  const limit = length ?? (name === 'bpchar' || name === 'bit' ? 1 : undefined);
  if (limit === undefined) return false;
  const isText = from === undefined || TEXTS.has(from.name) || from.name === 'text';
  const [before] = from?.numbers ?? [];
  return !isText || before === undefined || before > limit;
}

function isFiner(from: ColumnType | undefined, scale: number): boolean {
  if (from === undefined || FLOATS.has(from.name)) return true;
  if (from.name !== 'numeric') return false;
  return (scaleOf(from) ?? Infinity) > scale;
}

/** Undefined for any scale. */
function scaleOf({ numbers: [precision, scale = 0] }: ColumnType): number | undefined {
  return precision === undefined ? undefined : scale;
}

function isMorePrecise(from: ColumnType | undefined, to: ColumnType): boolean {
  const [wanted = MICROSECONDS] = to.numbers;
  const [before = MICROSECONDS] = from?.numbers ?? [];
  return wanted < before;
}

/** Whether the rows that are there stay as they are stored. What is not known does not. `isUtc` is the session's time zone. */
export function keepsRows(
  from: ColumnType | undefined,
  to: ColumnType,
  { isUtc }: { readonly isUtc: boolean },
): boolean {
  if (from === undefined || from.isArray !== to.isArray) return false;
  const [length, scale = 0] = from.numbers;
  const [newLength, newScale = 0] = to.numbers;
  const isWider = newLength === undefined || (length !== undefined && newLength >= length);
  if (from.name === to.name) {
    if (from.name === 'bpchar' || from.name === 'bit') return length === newLength;
    if (from.name === 'numeric') return newLength === undefined || (isWider && scale === newScale);
    if (TIMES.has(from.name)) return !isMorePrecise(from, to);
    return isWider;
  }
  if (isUtc && from.name.startsWith('timestamp') && to.name.startsWith('timestamp'))
    return !isMorePrecise(from, to);
  if (from.name === 'varchar' && to.name === 'text') return true;
  if (from.name === 'text' && to.name === 'varchar') return newLength === undefined;
  return from.name === 'cidr' && to.name === 'inet';
}
