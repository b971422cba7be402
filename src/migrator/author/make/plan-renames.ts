/** New names for columns, such that an old and a new version of the server can use it at the same time. */
import type { TableDifference } from '@mikro-orm/postgresql';
import { renameColumnOnline } from '../recipes/replace-column.ts';
import { backfillKeyOf } from './decisions.ts';
import { planUnused } from './plan-columns.ts';
import { requireColumn } from './plan-fills.ts';
import type { Change } from './draft.ts';
import type { ColumnRename } from './renames.ts';

/**
 * Returns the changes that move the rows of one column to another. Both are there until the contract: a trigger keeps them in
 * step for anyone who writes the one or the other.
 */
export function planColumnRename(
  { toTable, fromTable, addedColumns, removedColumns }: TableDifference,
  { from, to }: ColumnRename,
): Change[] {
  const [old, column] = [removedColumns[from], addedColumns[to]];
  if (old === undefined || column === undefined) return [];
  const { name: table } = toTable;
  const steps = renameColumnOnline({
    table,
    column: from,
    newName: to,
    type: column.type,
    isRequired: old.nullable !== true,
    key: backfillKeyOf(fromTable),
    ...(old.default != null && { defaultSql: old.default }),
  });
  const backfills = [`${table}.${to}`];
  return [
    // What the new version leaves out in its column, the trigger leaves out in the old one.
    ...(column.nullable === true ? planUnused(toTable, { ...old, default: null }) : []),
    {
      stage: 'expand',
      rank: 3,
      ...steps.expand,
      note: `Until the backfill ${table}.${to} is done, an old row may have its value in ${from} only: anyone who reads it takes that one then.`,
    },
    { stage: 'copy', rank: 0, ...steps.first },
    ...(column.nullable === true ? [] : requireColumn(table, to, { ...steps.fill, backfills })),
    { stage: 'contract', rank: 4, ...steps.contract, backfills },
  ];
}
