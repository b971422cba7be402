/** What the author of the migrations has decided about columns, what follows for their rules, and which columns identify rows. */
import type { DatabaseTable, TableDifference } from '@mikro-orm/postgresql';
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

/** Returns the column that orders a backfill: unique and never null. `id` where there is none, which the guards have refused. */
export function backfillKeyOf(table: DatabaseTable): string {
  return findBackfillKey(table) ?? 'id';
}

/** Undefined for a table that has none. */
export function findBackfillKey(table: DatabaseTable): string | undefined {
  const primary = keyOf(table);
  if (primary.length === 1) return primary[0];
  const others = table.getIndexes().filter(({ unique, where, columnNames }) => {
    const [column = '', ...more] = columnNames;
    return unique && where === undefined && more.length === 0 && table.getColumn(column)?.nullable !== true;
  });
  return others.find(({ columnNames: [column] }) => column !== undefined)?.columnNames[0];
}

/** Returns the columns of the primary key; without one, where the row lies. */
export function keyOf(table: DatabaseTable): readonly string[] {
  return table.getPrimaryKey()?.columnNames ?? ['ctid'];
}
