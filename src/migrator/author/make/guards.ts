/** What is not generated, because it would stop the server or lose rows, and how it is done instead. */
import type { Column, DatabaseTable, TableDifference } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../../failure.ts';
import { rewritesTable } from './column-types.ts';
import type { ColumnRename, TableRename } from './renames.ts';
import type { SchemaChange } from './schema-change.ts';

const BY_HAND =
  'Write it yourself: "npm run db -- make --name … --by-hand" makes an empty migration and takes the records as they are now.';

/** The changes, and what was decided about names. */
export interface NamedChange {
  readonly change: SchemaChange;
  readonly tables: readonly TableRename[];
  readonly columns: readonly ColumnRename[];
}

/** Returns when everything can be generated; MigratorFailure `command-invalid` with every reason why not. */
export function refuseUnsafe({ change, tables, columns }: NamedChange): void {
  const { difference } = change;
  const faults = [
    ...Object.values(difference.changedTables).flatMap((table) => [
      ...columnFaults(
        table,
        columns.filter((rename) => rename.table === table.name),
      ),
      ...shapeFaults(table),
      ...(tables.some(({ to }) => to === table.name) ? renamedTableFaults(table) : []),
    ]),
    ...keyFaults(change),
    ...otherFaults(change),
  ];
  if (faults.length > 0)
    throw new MigratorFailure('command-invalid', `Nothing was written. ${faults.join(' ')}`);
}

function columnFaults(table: TableDifference, renames: readonly ColumnRename[]): string[] {
  const targets = new Map(renames.map((rename) => [rename.to, rename]));
  return Object.values(table.addedColumns).flatMap((column) => {
    const name = `${table.name}.${column.name}`;
    const rename = targets.get(column.name);
    if (rename !== undefined) return renameFaults(table, column, rename);
    if (column.name in table.removedColumns)
      return [`How the value of ${name} is generated has changed. ${BY_HAND}`];
    if (rewritesTable(column)) return [rewriteFault(name, column)];
    return column.nullable === true || column.default != null ? [] : [requiredFault(name)];
  });
}

function renameFaults(table: TableDifference, column: Column, { from, to }: ColumnRename): string[] {
  const old = table.removedColumns[from];
  const hasSameDefault = String(old?.default ?? null) === String(column.default ?? null);
  if (hasSameDefault && old?.generated === column.generated) return [];
  return [
    `${table.name}.${from}:${to} changes the default as well. Rename the column first, and change its default in a further migration.`,
  ];
}

/** The table has rows, and none of them has a value for it. */
function requiredFault(name: string): string {
  return (
    `${name} is required and has no default, and the table has rows. Do it in three migrations: ` +
    `(1) let the record allow null (.nullable()) and run db make: it adds the column; ` +
    `(2) fill the rows: "npm run db -- make --data --name …", with startBackfill() of src/migrator/recipes.ts for many; ` +
    `(3) once every running version writes it, let the record require it and run db make: it does that without a scan under lock. ` +
    'Or give it a default (.default(…)), if there is one value that is right for every row.'
  );
}

function rewriteFault(name: string, { default: value, generated }: Column): string {
  const how =
    generated === undefined ? `has the default ${value ?? 'of a sequence'}` : `is generated ${generated}`;
  return (
    `${name} ${how}, which PostgreSQL would compute for every row, in a rewrite of the table while nobody may use it. ` +
    `Add it without, fill the rows with a backfill ("npm run db -- make --data"), then let the record say it. ${BY_HAND}`
  );
}

const UNKNOWN_PROPERTIES = ['autoincrement', 'generated', 'unsigned', 'extra', 'collation'];

function shapeFaults(table: TableDifference): string[] {
  const changed = Object.values(table.changedColumns).flatMap(({ column, fromColumn, changedProperties }) => {
    const unknown = UNKNOWN_PROPERTIES.filter((property) => changedProperties.has(property));
    const isEnumType = changedProperties.has('type') && (column.nativeEnumName ?? fromColumn.nativeEnumName);
    const what = isEnumType === undefined || isEnumType === false ? unknown : [...unknown, 'type'];
    return what.map(
      (property) => `${table.name}.${column.name}: a change of ${property} is not generated. ${BY_HAND}`,
    );
  });
  const indexes = [table.addedIndexes, table.removedIndexes, table.changedIndexes].flatMap(
    Object.values<{
      primary: boolean;
    }>,
  );
  return [
    ...changed,
    ...(indexes.some(({ primary }) => primary)
      ? [`The primary key of ${table.name} has changed. ${BY_HAND}`]
      : []),
    ...(table.changedPartitioning === undefined
      ? []
      : [`The partitions of ${table.name} have changed, which copies the whole table. ${BY_HAND}`]),
    ...(hasPolicyChange(table) ? [`The row security of ${table.name} has changed. ${BY_HAND}`] : []),
    ...(hasEntries(table.changedTriggers) ? [`A trigger of ${table.name} has changed. ${BY_HAND}`] : []),
  ];
}

/** A view stands under the old name, and PostgreSQL changes no type under a view. */
function renamedTableFaults(table: TableDifference): string[] {
  const retyped = Object.values(table.changedColumns).filter(({ changedProperties }) =>
    changedProperties.has('type'),
  );
  return retyped.map(
    ({ column }) =>
      `${table.name}.${column.name} changes its type while the table is renamed. Rename the table first, and change the type in a further migration.`,
  );
}

/** A foreign key to columns that become unique in the same breath would be made before they are. */
function keyFaults({ to, difference }: SchemaChange): string[] {
  const keys = [
    ...Object.values(difference.newTables).flatMap((table) => Object.values(table.getForeignKeys())),
    ...Object.values(difference.changedTables).flatMap(({ addedForeignKeys }) =>
      Object.values(addedForeignKeys),
    ),
  ];
  return keys.flatMap((key) => {
    const referenced = to.getTable(key.referencedTableName);
    const added = difference.changedTables[shortNameOf(referenced)]?.addedIndexes ?? {};
    const isLate = Object.values(added).some(
      ({ unique, columnNames }) => unique && columnNames.join() === key.referencedColumnNames.join(),
    );
    return isLate
      ? [
          `${key.constraintName} refers to columns of ${key.referencedTableName} that are not unique yet. Make them unique in a migration before.`,
        ]
      : [];
  });
}

function shortNameOf(table: DatabaseTable | undefined): string {
  return table?.getShortestName(false) ?? '';
}

function otherFaults({ difference }: SchemaChange): string[] {
  const { newViews, changedViews, removedViews } = difference;
  const { newRoutines, changedRoutines, removedRoutines, removedNamespaces } = difference;
  const hasViews = [newViews, changedViews, removedViews].some(hasEntries);
  const hasRoutines = [newRoutines, changedRoutines, removedRoutines].some(hasEntries);
  return [
    ...(hasViews ? [`Views have changed. ${BY_HAND}`] : []),
    ...(hasRoutines ? [`Functions have changed. ${BY_HAND}`] : []),
    ...(removedNamespaces.size > 0
      ? [`Schemas have gone: ${[...removedNamespaces].join(', ')}. ${BY_HAND}`]
      : []),
  ];
}

function hasPolicyChange({
  addedPolicies,
  removedPolicies,
  changedRlsEnabled,
  changedRlsForced,
}: TableDifference): boolean {
  const isSwitched = changedRlsEnabled !== undefined || changedRlsForced !== undefined;
  return isSwitched || hasEntries(addedPolicies) || hasEntries(removedPolicies);
}

function hasEntries(record: object): boolean {
  return Object.keys(record).length > 0;
}
