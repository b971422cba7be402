/** By which columns the rows of a table are told apart. */
import type { DatabaseTable } from '@mikro-orm/postgresql';

/** Returns the column along which a backfill goes: unique and never null. `id` where there is none, which the guards have refused. */
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
