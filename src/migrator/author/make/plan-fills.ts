/** Columns that must have a value from now on: filled by a stated value where they are without, then required. */
import type { Column, TableDifference } from '@mikro-orm/postgresql';
import { fillColumnOnline } from '../recipes/fill-column.ts';
import { setNotNullOnline } from '../recipes/not-null.ts';
import { backfillKeyOf } from './decisions.ts';
import { mentions } from './mentions.ts';
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
  const last = { ...contract, backfills: [`${table}.${column.name}`] };
  return [
    {
      stage: 'expand',
      rank: 8,
      ...expand,
      note: `Until the backfill ${table}.${column.name} is done, an old row may have null there: anyone who reads it takes (${valueSql}) for it.`,
    },
    { stage: 'copy', rank: 0, ...first },
    ...(column.nullable === true
      ? [{ stage: 'contract', rank: 0, ...last } as const]
      : requireColumn(table, column.name, last)),
  ];
}

/** The three migrations that require a column online; `first` is what must be done before in the first of them. */
export function requireColumn(
  table: string,
  column: string,
  first?: Omit<Change, 'stage' | 'rank'>,
): Change[] {
  const steps = setNotNullOnline({ table, column });
  return [
    ...(first === undefined ? [] : [{ stage: 'not_null_check', rank: 0, ...first } as const]),
    { stage: 'not_null_check', rank: 1, ...steps.check },
    { stage: 'not_null_validate', rank: 0, ...steps.validate },
    { stage: 'not_null', rank: 0, ...steps.finish },
  ];
}
