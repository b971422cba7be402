/** Columns that change their type. No value is ever cut or rounded: what does not fit stops the migration, there and back. */
import type { Column, ColumnDifference, DatabaseTable, TableDifference } from '@mikro-orm/postgresql';
import { changeTypeOnline } from '../recipes/replace-column.ts';
import { retypeColumn } from '../recipes/refuse-loss.ts';
import { identifier } from '../../run/connect/sql-text.ts';
import { fitsAlways, kindOfTypeChange } from './column-types.ts';
import { backfillKeyOf, keyOf } from './decisions.ts';
import { mentions } from './mentions.ts';
import { requireColumn } from './plan-fills.ts';
import type { Change } from './draft.ts';

/** Returns the changes that give a column another type. */
export function planType(table: TableDifference, changed: ColumnDifference): Change[] {
  const { toTable, fromTable } = table;
  const { fromColumn, column } = changed;
  const kind = kindOfTypeChange(fromColumn, column);
  if (kind === 'beside') return planBeside(fromTable, changed);
  const isWider = kind === 'wider';
  const isLossless = fitsAlways(fromColumn, column);
  return [
    {
      stage: isWider ? 'expand' : 'contract',
      rank: isWider ? 4 : 3,
      up: retype(toTable, fromColumn, column),
      down: retype(toTable, column, fromColumn),
      ...(readsRows(table, changed) && { waivers: { 'long-lock': waiverReason(isWider, isLossless) } }),
    },
  ];
}

/** Whether the rows are read or rewritten: a check on the column is made again with it. */
function readsRows({ fromTable }: TableDifference, { fromColumn, column }: ColumnDifference): boolean {
  const isChecked = fromTable.getChecks().some(({ expression }) => mentions(String(expression), column.name));
  return isChecked || kindOfTypeChange(fromColumn, column) !== 'wider';
}

/** The table cannot be used meanwhile, so a contract does it, which runs when a person asks for it. */
function waiverReason(isWider: boolean, isLossless: boolean): string {
  if (isWider) return 'it only allows more: no row is rewritten, and a check on the column is read once';
  const values = isLossless ? 'every value fits' : 'a value that does not fit stops it';
  return `the old version is gone, and ${values}; the table cannot be used until all rows are read`;
}

/** A default of the old type may have no meaning in the new one, so it is taken off and put on again. */
function retype(table: DatabaseTable, old: Column, next: Column): string[] {
  const alter = `alter table ${table.getQuotedName()} alter column ${identifier(next.name)}`;
  const change = { table: table.name, column: next.name, from: old.type, to: next.type, key: keyOf(table) };
  const isCast = kindOfTypeChange(old, next) === 'cast';
  return [
    ...(old.default == null ? [] : [`${alter} drop default`]),
    ...retypeColumn({ ...change, isCast, isLossless: fitsAlways(old, next) }),
    ...(next.default == null ? [] : [`${alter} set default ${next.default}`]),
  ];
}

/** Every value fits, but every row is rewritten: the new type grows beside the old one, and takes its name in the contract. */
function planBeside(table: DatabaseTable, { fromColumn, column }: ColumnDifference): Change[] {
  const { name } = column;
  const steps = changeTypeOnline({
    table: table.name,
    column: name,
    type: fromColumn.type,
    newType: column.type,
    isLossless: true,
    isRequired: fromColumn.nullable !== true,
    key: backfillKeyOf(table),
    ...(fromColumn.default != null && { defaultSql: fromColumn.default }),
    ...(column.default != null && { newDefaultSql: column.default }),
  });
  const backfills = [`${table.name}.${name}_next`];
  return [
    {
      stage: 'expand',
      rank: 3,
      ...steps.expand,
      note: `Until the contract ${name} of ${table.name} stays ${fromColumn.type}: the new version reads both, and writes nothing that only ${column.type} holds.`,
    },
    ...(column.nullable === true
      ? []
      : requireColumn(table.name, `${name}_next`, { ...steps.fill, backfills })),
    {
      stage: 'contract',
      rank: 4,
      ...steps.contract,
      backfills,
    },
  ];
}
