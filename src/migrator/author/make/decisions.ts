/** What the person who makes the migrations has decided about columns, and what follows for rules about them. */
import type { TableDifference } from '@mikro-orm/postgresql';
import type { ColumnFill } from './fills.ts';
import type { ColumnRename } from './renames.ts';

export interface TableDecisions {
  readonly renames: readonly ColumnRename[];
  readonly fills: readonly ColumnFill[];
}

/** Returns those about one table. */
export function decisionsFor({ name }: TableDifference, { renames, fills }: TableDecisions): TableDecisions {
  return {
    renames: renames.filter(({ table }) => table === name),
    fills: fills.filter(({ table }) => table === name),
  };
}

/**
 * Whether the version that runs can break a rule about these columns of a table. It leaves a new column null, and null breaks no unique rule and
 * no foreign key; unless the column has a default, is filled from the row, or is an old one under another name.
 */
export function bindsOldVersion(
  { addedColumns }: TableDifference,
  { renames, fills }: TableDecisions,
  columns: readonly string[],
): boolean {
  return !columns.some((name) => {
    const column = addedColumns[name];
    if (column === undefined || column.default != null || column.generated !== undefined) return false;
    return !renames.some(({ to }) => to === name) && !fills.some((fill) => fill.column === name);
  });
}

/** Returns the names that columns had before. */
export function formerNames(columns: readonly string[], { renames }: TableDecisions): string[] {
  return columns.map((name) => renames.find(({ to }) => to === name)?.from ?? name);
}
