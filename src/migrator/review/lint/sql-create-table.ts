/** Reads `create table`, and the definitions of columns and constraints that `alter table` shares with it. */
import type { Action, ColumnFacts } from './sql-action.ts';
import type { TokenReader } from './token-reader.ts';

/** Reads what follows `create table`. */
export function readCreateTable(reader: TokenReader): Action[] {
  reader.take('if', 'not', 'exists');
  const table = reader.name();
  const isPartition = reader.take('partition', 'of');
  const parts = isPartition ? [] : reader.list();
  const isPartitioned = isPartition || reader.take('partition', 'by');
  const columns: ColumnFacts[] = [];
  const further: Action[] = [];
  for (const part of parts) {
    const constraint = readConstraint(table, part);
    if (constraint !== undefined) {
      further.push(...constraint);
      continue;
    }
    const { column, actions } = readColumn(table, part);
    columns.push(column);
    further.push(...actions);
  }
  return [
    { does: 'create-table', table, columns },
    ...further,
    ...(isPartitioned ? [{ does: 'add-partitions', table } as const] : []),
  ];
}

/** Reads a table's constraint, with or without its name. Undefined where something else comes. */
export function readConstraint(table: string, reader: TokenReader): Action[] | undefined {
  const isNamed = reader.take('constraint');
  if (isNamed) reader.name();
  if (reader.take('foreign', 'key'))
    return [{ does: 'add-foreign-key', table, columns: reader.columnList() }];
  if (reader.take('primary', 'key') || reader.take('unique')) {
    reader.take('nulls', 'not', 'distinct');
    const columns = reader.columnList();
    // `using index` makes a constraint of an index that was made before, and seen then.
    return columns.length === 0 ? [] : [{ does: 'add-index', table, columns }];
  }
  const isOther = isNamed || reader.takeOne(['check', 'exclude', 'like']) || reader.take('not', 'null');
  return isOther ? [] : undefined;
}

/** Types that bring their own default. */
const COUNTING_TYPES = ['serial', 'bigserial', 'smallserial'];

/** Reads a column's name, type and constraints. */
export function readColumn(
  table: string,
  reader: TokenReader,
): { readonly column: ColumnFacts; readonly actions: readonly Action[] } {
  const name = reader.name();
  const isPrimary = reader.holds('primary', 'key');
  const isIndexed = isPrimary || reader.holds('unique');
  const column = {
    name,
    isRequired: isPrimary || reader.holds('not', 'null'),
    hasDefault: ['default', 'generated', ...COUNTING_TYPES].some((word) => reader.holds(word)),
  };
  return {
    column,
    actions: [
      ...(isIndexed ? [{ does: 'add-index', table, columns: [name] } as const] : []),
      ...(reader.holds('references') ? [{ does: 'add-foreign-key', table, columns: [name] } as const] : []),
    ],
  };
}
