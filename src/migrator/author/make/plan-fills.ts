/** Columns that come without a value, or were without, and are required: filled by a stated value, then required. */
import type { Column, TableDifference } from '@mikro-orm/postgresql';
import { fillColumnOnline } from '../recipes/fill-column.ts';
import { backfillKeyOf } from './keys.ts';
import { mentions } from './mentions.ts';
import { requireColumn } from './plan-required.ts';
import type { ColumnFill } from './fills.ts';
import type { Change } from './draft.ts';

/** Returns the changes that fill a column, and require it where the records do. The column is there by then. */
export function planFill(
  { toTable, fromTable }: TableDifference,
  column: Column,
  { valueSql }: ColumnFill,
): Change[] {
  const { name: table } = toTable;
  const key = backfillKeyOf(fromTable);
  const followsRow = fromTable.getColumns().some(({ name }) => mentions(valueSql, name));
  const { expand, first, contract } = fillColumnOnline({
    table,
    column: column.name,
    valueSql,
    followsRow,
    key,
  });
  const last = { ...contract, backfills: [`${table}.${column.name}`], isElidable: true };
  return [
    {
      stage: 'expand',
      rank: 8,
      ...expand,
      isElidable: true,
      note: `Until the backfill ${table}.${column.name} is done, an old row may have null there: anyone who reads it takes (${valueSql}) for it.`,
    },
    { stage: 'copy', rank: 0, ...first },
    ...(column.nullable === true
      ? [{ stage: 'contract', rank: 0, ...last } as const]
      : requireColumn(table, column.name, last)),
  ];
}
