/** Finds what JSON can say and the database cannot store, or that is too deep to walk through. */

import type { FieldError } from '../core/shared/problem.ts';

/** Nothing we take is nested deeper; without a limit a small body could exhaust the stack of its reader. */
const DEPTH = 32;

/** Returns the first value that cannot be stored: text with NUL or half a character, or nesting without end. */
export function findUnstorable(value: unknown, depth = 0): FieldError | undefined {
  if (typeof value === 'string')
    return isStorable(value) ? undefined : at('', 'must not contain NUL or half of a character');
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === DEPTH) return at('', `must not be nested deeper than ${DEPTH} levels`);
  for (const [name, member] of Object.entries(value)) {
    if (!isStorable(name)) return at('', 'must not have a name that contains NUL or half of a character');
    const found = findUnstorable(member, depth + 1);
    if (found) return at(`/${escapePointer(name)}${found.pointer}`, found.detail);
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
