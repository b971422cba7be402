/** Finds what JSON can say and the database cannot store, or that is too deep or too much to walk through. */

import type { FieldError } from '../core/shared/problem.ts';

/** Nothing we take is nested deeper; without a limit a small body could exhaust the stack of its reader. */
const DEPTH = 32;
/**
 * A thousand news windows have three names each, and nothing has more. Looking for unknown names costs microseconds each, and all
 * trading waits meanwhile.
 */
const MOST_NAMES = 4_000;

/** Returns the first value that cannot be stored: text with NUL or half a character, nesting without end, or too many fields. */
export function findUnstorable(value: unknown): FieldError | undefined {
  return find(value, { names: 0 }, 0);
}

function find(value: unknown, seen: { names: number }, depth: number): FieldError | undefined {
  if (typeof value === 'string')
    return isStorable(value) ? undefined : at('', 'must not contain NUL or half of a character');
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === DEPTH) return at('', `must not be nested deeper than ${DEPTH} levels`);
  if (Array.isArray(value)) return findItem(value, seen, depth);
  for (const [name, member] of Object.entries(value)) {
    seen.names += 1;
    if (seen.names > MOST_NAMES) return at('', `must not have more than ${MOST_NAMES} fields in all`);
    if (!isStorable(name)) return at('', 'must not have a name that contains NUL or half of a character');
    const found = find(member, seen, depth + 1);
    if (found) return at(`/${escapePointer(name)}${found.pointer}`, found.detail);
  }
  return undefined;
}

function findItem(items: readonly unknown[], seen: { names: number }, depth: number): FieldError | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, seen, depth + 1);
    if (found) return at(`/${index}${found.pointer}`, found.detail);
  }
  return undefined;
}

function at(pointer: string, detail: string): FieldError {
  return { pointer, detail };
}

/** Returns a name as a part of a JSON pointer (RFC 6901). */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}
