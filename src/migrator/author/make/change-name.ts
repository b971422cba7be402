/** A name for migrations whose maker gave none: what has changed, as far as a few words can say it. */
import type { TableDifference } from '@mikro-orm/postgresql';
import type { SchemaChange } from './schema-change.ts';

/** A name that is longer is not read to its end. */
const LONGEST = 60;

/** Returns it in snake case: add_orders_note, or change_orders where there is more to say than a name can. */
export function nameOfChange({ difference }: SchemaChange): string {
  const { newTables, removedTables, changedTables } = difference;
  const tables = [
    ...Object.values(newTables).map((table) => ['add', table.name]),
    ...Object.values(removedTables).map((table) => ['remove', table.name]),
    ...Object.values(changedTables).map(wordsOf),
  ].map((words) => snakeCase(words.join('_')));
  const all = tables.join('_and_');
  if (all !== '' && all.length <= LONGEST) return all;
  const [first] = tables;
  return first === undefined || first.length > LONGEST ? 'auto' : `${first}_and_more`;
}

function wordsOf(table: TableDifference): string[] {
  const { name } = table;
  const [added, removed, changed] = [table.addedColumns, table.removedColumns, table.changedColumns].map(
    (columns) => Object.keys(columns),
  );
  const columns = [added, removed, changed].flatMap((names = []) => names);
  const [one = '', other = ''] = columns;
  if (columns.length === 1)
    return [added?.length === 1 ? 'add' : removed?.length === 1 ? 'remove' : 'change', name, one];
  if (columns.length === 2 && added?.length === 1 && removed?.length === 1)
    return ['change', name, other, 'to', one];
  const indexes = [...Object.values(table.addedIndexes), ...Object.values(table.removedIndexes)];
  const [index] = indexes;
  if (columns.length === 0 && index !== undefined && indexes.length === 1) {
    const verb = Object.keys(table.addedIndexes).length === 1 ? 'add' : 'remove';
    return [verb, name, ...index.columnNames, index.unique ? 'unique' : 'index'];
  }
  return ['change', name];
}

function snakeCase(text: string): string {
  const words = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  return /^[a-z]/.test(words) ? words : `change_${words}`;
}
