/** Columns of tables in use: what is added, changed and dropped, each in the way that keeps both versions of the server going. */
import type { Column, ColumnDifference, DatabaseTable, TableDifference } from '@mikro-orm/postgresql';
import { restoreRule } from '../recipes/restore-rule.ts';
import { identifier } from '../../run/connect/sql-text.ts';
import { planFill, requireColumn } from './plan-fills.ts';
import { planType } from './plan-types.ts';
import type { Change } from './draft.ts';
import type { TableDecisions } from './decisions.ts';
import type { SchemaTools } from './schema-change.ts';

/** Returns the changes for the columns of one table, except those that got another name. */
export function planColumns(table: TableDifference, decisions: TableDecisions, tools: SchemaTools): Change[] {
  const fills = new Map(decisions.fills.map((fill) => [fill.column, fill]));
  return [
    ...planAdded(table, decisions, tools),
    ...Object.values(table.changedColumns).flatMap((changed) => planChanged(table, changed, decisions)),
    ...Object.values({ ...table.changedColumns, ...table.addedColumns }).flatMap((each) => {
      const column = 'column' in each ? each.column : each;
      const fill = fills.get(column.name);
      return fill === undefined ? [] : planFill(table, column, fill);
    }),
    ...planRemoved(table, decisions, tools),
  ];
}

/** A column that is filled is empty until then, and gets its rules afterwards. Its default is for rows that come. */
function planAdded(
  { addedColumns, toTable }: TableDifference,
  { renames, fills }: TableDecisions,
  { helper }: SchemaTools,
): Change[] {
  const added = Object.values(addedColumns).filter(({ name }) => !renames.some(({ to }) => to === name));
  const waitsForFill = ({ name }: Column): boolean => fills.some(({ column }) => column === name);
  const columns = added.map((column) =>
    waitsForFill(column) ? { ...column, nullable: true, default: null } : column,
  );
  if (columns.length === 0) return [];
  return [
    {
      stage: 'expand',
      rank: 3,
      up: [
        ...helper.getAddColumnsSQL(toTable, columns),
        ...added
          .filter((column) => waitsForFill(column) && column.default != null)
          .map((column) => `${alterColumn(toTable, column)} ${defaultClause(column)}`),
      ],
      down: [helper.getDropColumnsSQL(toTable.name, columns, toTable.schema)],
    },
  ];
}

function planChanged(table: TableDifference, changed: ColumnDifference, { fills }: TableDecisions): Change[] {
  const { changedProperties: properties, column } = changed;
  const isRetyped = properties.has('type');
  // Filled, it is required after that.
  const isPlanned = fills.some((fill) => fill.column === column.name);
  return [
    ...(isRetyped ? planType(table, changed) : []),
    ...(properties.has('default') && !isRetyped ? [planDefault(table, changed)] : []),
    ...(properties.has('nullable') && !isPlanned ? planNullable(table, changed) : []),
  ];
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
  return column.nullable === true ? [loosen(toTable, column)] : requireColumn(toTable.name, column.name);
}

function planRemoved(
  { removedColumns, toTable }: TableDifference,
  { renames }: TableDecisions,
  { helper }: SchemaTools,
): Change[] {
  const columns = Object.values(removedColumns).filter(
    ({ name }) => !renames.some(({ from }) => from === name),
  );
  if (columns.length === 0) return [];
  const back = columns.map((column) => (isFilled(column) ? column : { ...column, nullable: true }));
  return [
    ...columns.flatMap((column) => planUnused(toTable, column)),
    {
      stage: 'contract',
      rank: 4,
      up: [helper.getDropColumnsSQL(toTable.name, columns, toTable.schema)],
      down: helper.getAddColumnsSQL(toTable, back),
    },
  ];
}

/**
 * The new version leaves the column out while it is still there. Back, it is required again unless the new version has
 * written rows without it.
 */
export function planUnused(table: DatabaseTable, column: Column): Change[] {
  if (column.nullable === true || isFilled(column)) return [];
  return [loosen(table, column)];
}

/** Lets a column be null. */
function loosen(table: DatabaseTable, column: Column): Change {
  const alter = alterColumn(table, column);
  return {
    stage: 'expand',
    rank: 1,
    up: [`${alter} drop not null`],
    down: [restoreRule(`${alter} set not null`)],
  };
}

/** Whether PostgreSQL has a value for rows that name none. */
function isFilled({ default: value, generated, autoincrement }: Column): boolean {
  return value != null || generated !== undefined || autoincrement === true;
}

function alterColumn(table: DatabaseTable, { name }: Column): string {
  return `alter table ${table.getQuotedName()} alter column ${identifier(name)}`;
}
