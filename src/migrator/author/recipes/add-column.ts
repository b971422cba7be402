/** Adding a column to a table in use. */
import { MigratorFailure } from '../../failure.ts';
import { identifier } from '../../run/connect/sql-text.ts';
import type { Step } from '../../run/connect/sql-text.ts';

export interface NewColumn {
  readonly table: string;
  readonly column: string;
  /** The type as SQL, `varchar(64)`. */
  readonly type: string;
}

/**
 * Adds a column that may be null. Phase `expand`.
 * Lock: ACCESS EXCLUSIVE on the table for about a millisecond; no row is touched.
 */
export function addColumnNullable({ table, column, type }: NewColumn): Step {
  return {
    up: [`alter table ${identifier(table)} add column ${identifier(column)} ${type} null`],
    down: [dropColumn(table, column)],
  };
}

/**
 * Adds a required column whose default is a constant, or the moment of the migration (`now()`). Phase `expand`.
 * PostgreSQL keeps such a default once for all rows that are there.
 * Lock: ACCESS EXCLUSIVE on the table for about a millisecond; no row is touched.
 * MigratorFailure `command-invalid` for any other default: it would be computed for each row, in a rewrite of the table under that lock.
 */
export function addColumnWithDefault(wanted: NewColumn & { readonly defaultSql: string }): Step {
  const { table, column, type, defaultSql } = wanted;
  if (!isConstant(defaultSql)) {
    throw new MigratorFailure(
      'command-invalid',
      `The default of ${table}.${column} was ${defaultSql}, which is not known to be a constant: the whole table would be ` +
        'rewritten under a lock that blocks all use. Add the column with addColumnNullable, set its default in the same migration ' +
        '(it then holds for new rows only), fill the old rows with startBackfill, and require it with setNotNullOnline.',
    );
  }
  return {
    up: [
      `alter table ${identifier(table)} add column ${identifier(column)} ${type} not null default ${defaultSql}`,
    ],
    down: [dropColumn(table, column)],
  };
}

const NUMBER = /[-+]?\d+(?:\.\d+)?/;
const TEXT = /'(?:[^']|'')*'/;
const WORD = /true|false|now\(\)|current_timestamp|current_date|transaction_timestamp\(\)|array\[\]/;
/** `::varchar(64)[]` behind it. */
const CAST = /\s*::\s*"?[a-z_][a-z0-9_ ]*"?(?:\(\d+(?:\s*,\s*\d+)?\))?(?:\[\])?/;
const CONSTANT = new RegExp(`^(?:${NUMBER.source}|${TEXT.source}|${WORD.source})(?:${CAST.source})?$`, 'i');

/** Only what is surely one is one: a function that looks harmless may be volatile. */
function isConstant(sql: string): boolean {
  return CONSTANT.test(sql.trim());
}

function dropColumn(table: string, column: string): string {
  return `alter table ${identifier(table)} drop column ${identifier(column)}`;
}
