/** What PostgreSQL does to values and rows when a column gets another type. Source: its documentation of ALTER TABLE, Notes. */
import type { ColumnType } from './tree.ts';

/**
 * Whether values may be cut or rounded without an error. `isExplicit` is a cast that was written out: without it PostgreSQL refuses a
 * text that is too long.
 */
export function losesSilently(
  from: ColumnType | undefined,
  to: ColumnType,
  { isExplicit }: { readonly isExplicit: boolean },
): boolean {
  if (to.isArray || (from !== undefined && keepsRows(from, to))) return false;
  const isWhole =
    from !== undefined &&
    (INTEGERS.has(from.name) || (from.name === 'numeric' && from.numbers.length > 0 && !from.numbers[1]));
  const [limit, scale = 0] = to.numbers;
  if (TEXTS.has(to.name)) return isExplicit && (limit !== undefined || /^b(?:pchar|it)$/.test(to.name));
  if (to.name === 'numeric') {
    const isCoarser = from?.name !== 'numeric' || from.numbers.length === 0 || (from.numbers[1] ?? 0) > scale;
    return limit !== undefined && !isWhole && isCoarser;
  }
  if (INTEGERS.has(to.name)) return from !== undefined && !isWhole;
  if (to.name === 'float4') return from?.name === 'float8' || from?.name === 'numeric';
  if (TIMES.has(to.name)) return isMorePrecise(from, to);
  return to.name === 'date' && from !== undefined && from.name.startsWith('timestamp');
}

const TEXTS: ReadonlySet<string> = new Set(['varchar', 'bpchar', 'bit', 'varbit']);
const INTEGERS: ReadonlySet<string> = new Set(['int2', 'int4', 'int8']);
const TIMES: ReadonlySet<string> = new Set(['timestamp', 'timestamptz', 'time', 'timetz', 'interval']);
/** Of times without a number. */
const MICROSECONDS = 6;

function isMorePrecise(from: ColumnType | undefined, to: ColumnType): boolean {
  const [wanted = MICROSECONDS] = to.numbers;
  const [before = MICROSECONDS] = from?.numbers ?? [];
  return wanted < before;
}

/** Whether the rows that are there stay as they are stored. What is not known does not. Every session of ours is in UTC. */
export function keepsRows(from: ColumnType | undefined, to: ColumnType): boolean {
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
  if (from.name.startsWith('timestamp') && to.name.startsWith('timestamp')) return !isMorePrecise(from, to);
  if (from.name === 'varchar' && to.name === 'text') return true;
  if (from.name === 'text' && to.name === 'varchar') return newLength === undefined;
  return from.name === 'cidr' && to.name === 'inet';
}
