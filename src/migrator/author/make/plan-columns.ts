/** Columns of tables in use: what is added, changed and dropped, each in the way that keeps both versions of the server going. */
import type { Column, ColumnDifference, DatabaseTable, TableDifference } from '@mikro-orm/postgresql';
import { setNotNullOnline } from '../recipes/not-null.ts';
import { identifier } from '../../run/connect/sql-text.ts';
import { isOnlyWider } from './column-types.ts';
import type { Change } from './draft.ts';
import type { ColumnRename } from './renames.ts';
import type { SchemaTools } from './schema-change.ts';

/** Returns the changes for the columns of one table; `renames` are those of this table. */
export function planColumns(
  table: TableDifference,
  renames: readonly ColumnRename[],
  tools: SchemaTools,
): Change[] {
  return [
    ...planAdded(table, renames, tools),
    ...Object.values(table.changedColumns).flatMap((changed) => planChanged(table, changed, tools)),
    ...planRemoved(table, renames, tools),
  ];
}

/** A column that takes over the rows of another is empty until they are copied, and gets its rules afterwards. */
function planAdded(
  { addedColumns, toTable }: TableDifference,
  renames: readonly ColumnRename[],
  { helper }: SchemaTools,
): Change[] {
  const targets = new Set(renames.map(({ to }) => to));
  const columns = Object.values(addedColumns).map((column) =>
    targets.has(column.name) ? { ...column, nullable: true, default: null } : column,
  );
  if (columns.length === 0) return [];
  return [
    {
      stage: 'expand',
      rank: 3,
      up: helper.getAddColumnsSQL(toTable, columns),
      down: [helper.getDropColumnsSQL(toTable.name, columns, toTable.schema)],
    },
  ];
}

function planChanged(table: TableDifference, changed: ColumnDifference, tools: SchemaTools): Change[] {
  const { changedProperties: properties } = changed;
  const isRetyped = properties.has('type');
  return [
    ...(isRetyped ? [planType(table, changed, tools)] : []),
    ...(properties.has('default') && !isRetyped ? [planDefault(table, changed)] : []),
    ...(properties.has('nullable') ? planNullable(table, changed) : []),
    ...(properties.has('comment') ? [planComment(table, changed, tools)] : []),
    ...(properties.has('enumItems') ? planEnumValues(table, changed, tools) : []),
  ];
}

/** A default of the old type may have no meaning in the new one, so it is taken off and put on again. */
function planType(
  { toTable }: TableDifference,
  { fromColumn, column }: ColumnDifference,
  { helper }: SchemaTools,
): Change {
  const retype = (old: Column, next: Column): string[] => {
    const alter = alterColumn(toTable, next);
    // PostgreSQL makes nothing else out of a uuid directly.
    const viaText = old.type === 'uuid' && next.type !== 'text';
    return [
      ...(old.default == null ? [] : [`${alter} drop default`]),
      ...(viaText ? [`${alter} type text${helper.castColumn(next.name, 'text')}`] : []),
      `${alter} type ${next.type}${helper.castColumn(next.name, next.type)}`,
      ...(next.default == null ? [] : [`${alter} set default ${next.default}`]),
    ];
  };
  const isWider = isOnlyWider(fromColumn, column);
  return {
    stage: isWider ? 'expand' : 'contract',
    rank: isWider ? 4 : 3,
    up: retype(fromColumn, column),
    down: retype(column, fromColumn),
    ...(isWider && { waivers: { 'changing-column-type': 'it only allows more: no row is written anew' } }),
  };
}

/** A default that goes is one that the old version relies on when it leaves the column out. */
function planDefault({ toTable }: TableDifference, { fromColumn, column }: ColumnDifference): Change {
  const isDropped = column.default == null;
  const alter = alterColumn(toTable, column);
  return {
    stage: isDropped ? 'contract' : 'expand',
    rank: isDropped ? 3 : 4,
    up: [`${alter} ${defaultClause(column)}`],
    down: [`${alter} ${defaultClause(fromColumn)}`],
  };
}

function defaultClause({ default: value }: Column): string {
  return value == null ? 'drop default' : `set default ${value}`;
}

function planNullable({ toTable }: TableDifference, { column }: ColumnDifference): Change[] {
  const alter = alterColumn(toTable, column);
  if (column.nullable === true)
    return [{ stage: 'expand', rank: 1, up: [`${alter} drop not null`], down: [`${alter} set not null`] }];
  return requireColumn(toTable, column);
}

/** The three migrations that require a column online. */
export function requireColumn({ name }: DatabaseTable, column: Column): Change[] {
  const steps = setNotNullOnline({ table: name, column: column.name });
  return [
    { stage: 'not_null_check', rank: 0, ...steps.check },
    { stage: 'not_null_validate', rank: 0, ...steps.validate },
    { stage: 'not_null', rank: 0, ...steps.finish },
  ];
}

function planComment(
  { toTable }: TableDifference,
  { fromColumn, column }: ColumnDifference,
  { helper }: SchemaTools,
): Change {
  const comment = (of: Column): string => helper.getChangeColumnCommentSQL(toTable.name, of, toTable.schema);
  return { stage: 'expand', rank: 9, up: [comment(column)], down: [comment(fromColumn)] };
}

/** PostgreSQL adds values to an enum and never takes one away. An enum that is a check constraint changes with its check. */
function planEnumValues(
  { fromTable }: TableDifference,
  { fromColumn, column }: ColumnDifference,
  { helper }: SchemaTools,
): Change[] {
  const { nativeEnumName, enumItems = [] } = column;
  if (nativeEnumName === undefined) return [];
  const known = fromColumn.enumItems ?? [];
  const up = enumItems
    .filter((item) => !known.includes(item))
    .map((item) => helper.getAlterNativeEnumSQL(nativeEnumName, fromTable.schema, item, enumItems, known));
  return up.length === 0 ? [] : [{ stage: 'enum', rank: 0, up, down: [] }];
}

function planRemoved(
  { removedColumns, toTable }: TableDifference,
  renames: readonly ColumnRename[],
  { helper }: SchemaTools,
): Change[] {
  const columns = Object.values(removedColumns);
  if (columns.length === 0) return [];
  const renamed = new Map(renames.map((rename) => [rename.from, rename]));
  const back = columns.map((column) => (isFilled(column) ? column : { ...column, nullable: true }));
  return [
    ...columns.filter(({ name }) => !renamed.has(name)).flatMap((column) => planUnused(toTable, column)),
    {
      stage: 'contract',
      rank: 4,
      up: [helper.getDropColumnsSQL(toTable.name, columns, toTable.schema)],
      down: [
        ...helper.getAddColumnsSQL(toTable, back),
        ...columns.flatMap((column) => {
          const rename = renamed.get(column.name);
          return rename === undefined ? [] : refill(toTable, column, rename);
        }),
      ],
    },
  ];
}

/** The rows are there under the other name. */
function refill(table: DatabaseTable, column: Column, { from, to }: ColumnRename): string[] {
  const fill = `update ${table.getQuotedName()} set ${identifier(from)} = ${identifier(to)}`;
  const isRequired = column.nullable !== true && !isFilled(column);
  return isRequired ? [fill, `${alterColumn(table, column)} set not null`] : [fill];
}

/**
 * The new version leaves the column out while it is still there. Back, it is required again unless the new version has
 * written rows without it.
 */
function planUnused(table: DatabaseTable, column: Column): Change[] {
  if (column.nullable === true || isFilled(column)) return [];
  const alter = alterColumn(table, column);
  const rows = `(table ${table.getQuotedName()}) as rows`;
  const hasGap = `exists (select from ${rows} where ${identifier(column.name)} is null)`;
  return [
    {
      stage: 'expand',
      rank: 1,
      up: [`${alter} drop not null`],
      down: [`do $$ begin if not ${hasGap} then ${alter} set not null; end if; end $$`],
      waivers: {
        'ban-drop-not-null': 'the new version leaves the column out; the old one goes on writing it',
      },
    },
  ];
}

/** Whether PostgreSQL has a value for rows that name none. */
function isFilled({ default: value, generated, autoincrement }: Column): boolean {
  return value != null || generated !== undefined || autoincrement === true;
}

function alterColumn(table: DatabaseTable, { name }: Column): string {
  return `alter table ${table.getQuotedName()} alter column ${identifier(name)}`;
}
