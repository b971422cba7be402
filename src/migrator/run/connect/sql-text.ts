/** Names and values as they are written in SQL, so that no recipe quotes by hand. */
import { Utils } from '@mikro-orm/core';
import { MigratorFailure } from '../../failure.ts';

/** PostgreSQL cuts longer names off, and cut names can no longer be distinguished. */
const LONGEST_NAME_BYTES = 63;

/** What one migration of a recipe runs, and what takes it back: `this.addAll(step.up)`. */
export interface Step {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** Returns a name in quotes; MigratorFailure `command-invalid` for one that PostgreSQL would not keep as it is. */
export function identifier(name: string): string {
  const isKept = name !== '' && !name.includes('\0') && Buffer.byteLength(name) <= LONGEST_NAME_BYTES;
  if (isKept) return `"${name.replaceAll('"', '""')}"`;
  throw new MigratorFailure(
    'command-invalid',
    `"${name}" is no name that PostgreSQL keeps: 1 to ${LONGEST_NAME_BYTES} bytes were expected. Give a shorter one.`,
  );
}

/** Returns names in quotes with commas between them. */
export function identifiers(names: readonly string[]): string {
  return names.map(identifier).join(', ');
}

/** Returns a text as a literal, also where backslashes are in it. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return quoted.includes('\\') ? ` E${quoted}` : quoted;
}

/** Returns the name that MikroORM gives such a thing, so that records and database agree about it; one that is too long is cut as there. */
export function conventionalName(
  table: string,
  columns: readonly string[],
  kind: 'check' | 'foreign' | 'index' | 'sync' | 'unique',
): string {
  const name = [table, ...columns, kind].join('_');
  if (name.length <= LONGEST_NAME_BYTES) return name;
  const hash = Utils.hash(name, 5);
  return `${name.slice(0, LONGEST_NAME_BYTES - 8 - kind.length)}_${hash}_${kind}`;
}
