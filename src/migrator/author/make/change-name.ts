/** A default name for migrations: what has changed, in a few words. */
import type { TableDifference } from '@mikro-orm/postgresql';
import type { SchemaChange } from './schema-change.ts';

/** Returns it in snake case: add_orders_note, or change_orders where there is more to say than a name can. */
export function nameOfChange({ difference }: SchemaChange): string {
  const { newTables, removedTables, changedTables } = difference;
  const [first = 'auto', ...others] = [
    ...Object.values(newTables).map(({ name }) => `add_${name}`),
    ...Object.values(removedTables).map(({ name }) => `remove_${name}`),
    ...Object.values(changedTables).map(nameOfTableChange),
  ];
  const words = others.length === 0 ? first : `${first}_and_more`;
  return words.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
}

function nameOfTableChange({ name, addedColumns, removedColumns, changedColumns }: TableDifference): string {
  const [added, removed] = [Object.keys(addedColumns), Object.keys(removedColumns)];
  const [column, ...others] = [...added, ...removed, ...Object.keys(changedColumns)];
  if (column === undefined || others.length > 0) return `change_${name}`;
  return `${added.length === 1 ? 'add' : removed.length === 1 ? 'remove' : 'change'}_${name}_${column}`;
}
