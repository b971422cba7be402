/** What is not generated, because it would stop the server or lose rows, and how it is done instead. */
import type { CheckDef, Column, DatabaseTable, TableDifference } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../../failure.ts';
import { kindOfTypeChange, rewritesTable } from './column-types.ts';
import { decisionsFor, findBackfillKey } from './decisions.ts';
import { mentions } from './mentions.ts';
import type { TableDecisions } from './decisions.ts';
import type { ColumnFill } from './fills.ts';
import type { ColumnRename } from './renames.ts';
import type { SchemaChange } from './schema-change.ts';

const BY_HAND =
  'Write it yourself: "npm run db -- make --name … --by-hand" makes an empty migration and takes the entities as they are now.';

/** The changes, and what was decided about names. */
export interface NamedChange {
  readonly change: SchemaChange;
  readonly columns: readonly ColumnRename[];
  readonly fills: readonly ColumnFill[];
}

/** Returns when everything can be generated; MigratorFailure `command-invalid` with every reason why not. */
export function refuseUnsafe({ change, columns, fills }: NamedChange): void {
  const { difference } = change;
  const faults = [
    ...Object.values(difference.changedTables).flatMap((table) => [
      ...columnFaults(table, decisionsFor(table, { renames: columns, fills })),
      ...typeFaults(table),
      ...shapeFaults(table),
      ...leftoverFaults(table),
    ]),
    ...otherFaults(change),
  ];
  if (faults.length > 0)
    throw new MigratorFailure('command-invalid', `Nothing was written. ${faults.join(' ')}`);
}

function columnFaults(table: TableDifference, { renames, fills }: TableDecisions): string[] {
  const targets = new Map(renames.map((rename) => [rename.to, rename]));
  const isBackfilled = renames.length > 0 || fills.length > 0;
  const faults = Object.values(table.addedColumns).flatMap((column) => {
    const name = `${table.name}.${column.name}`;
    const rename = targets.get(column.name);
    if (rename !== undefined) return renameFaults(table, column, rename);
    if (column.name in table.removedColumns)
      return [`How the value of ${name} is generated has changed. ${BY_HAND}`];
    const isFilled = fills.some((fill) => fill.column === column.name);
    if (rewritesTable(column) && (!isFilled || column.generated !== undefined))
      return [rewriteFault(name, column)];
    return isFilled || column.nullable === true || column.default != null ? [] : [requiredFault(name)];
  });
  return isBackfilled ? [...faults, ...backfillFaults(table)] : faults;
}

function backfillFaults({ fromTable, name }: TableDifference): string[] {
  return findBackfillKey(fromTable) === undefined
    ? [
        `The rows of ${name} are filled by a backfill, which goes along one column that is unique and never null, and there is none. ${BY_HAND}`,
      ]
    : [];
}

/** What PostgreSQL would make of the values is not for the generator to guess. */
function typeFaults(table: TableDifference): string[] {
  const { fromTable } = table;
  return Object.values(table.changedColumns).flatMap(({ fromColumn, column, changedProperties }) => {
    if (!changedProperties.has('type')) return [];
    const what = `${table.name}.${column.name} changes from ${fromColumn.type} to ${column.type}`;
    switch (kindOfTypeChange(fromColumn, column)) {
      case 'wider':
      case 'narrower':
      case 'cast':
        return [];
      case 'unknown':
        return [
          `${what}, and what becomes of its values is for you to say: with "using" in a contract, or with changeTypeOnline of src/migrator/recipes.ts and your own "forward" and "back". ${BY_HAND}`,
        ];
      case 'beside': {
        const losesDefault = fromColumn.default != null && column.default == null;
        if (changedProperties.has('nullable') || losesDefault)
          return [
            `${what} and its rules at once. Change the type first, and the rest in a further migration.`,
          ];
        const rules = new Set([fromTable, table.toTable].flatMap((each) => rulesAbout(each, column.name)));
        if (rules.size > 0)
          return [
            `${what}, which rewrites every row, and ${[...rules].join(', ')} would have to be made again with it. A small table bears it in one contract: ` +
              `alter table "${table.name}" alter column "${column.name}" type ${column.type}. For a large one use changeTypeOnline of src/migrator/recipes.ts and make these on ${column.name}_next before the contract. ${BY_HAND}`,
          ];
        return backfillFaults(table);
      }
    }
  });
}

/** PostgreSQL drops them with the column. */
function rulesAbout(table: DatabaseTable, name: string): string[] {
  return [
    ...table
      .getIndexes()
      .filter(
        ({ columnNames, where = '', expression = '' }) =>
          columnNames.includes(name) || mentions(`${where} ${expression}`, name),
      )
      .map(({ keyName, primary }) => (primary ? 'its primary key' : keyName)),
    ...table
      .getChecks()
      .filter(({ expression }) => mentions(String(expression), name))
      .map((check) => check.name),
    ...Object.values(table.getForeignKeys())
      .filter(({ columnNames }) => columnNames.includes(name))
      .map(({ constraintName }) => constraintName),
  ];
}

function renameFaults(table: TableDifference, column: Column, { from, to }: ColumnRename): string[] {
  const old = table.removedColumns[from];
  const hasSameDefault = String(old?.default ?? null) === String(column.default ?? null);
  if (old?.generated !== undefined || column.generated !== undefined)
    return [
      `${table.name}.${from}:${to} is generated, so nothing writes it that could keep both columns in step. ${BY_HAND}`,
    ];
  if (hasSameDefault) return [];
  return [
    `${table.name}.${from}:${to} changes the default as well. Rename the column first, and change its default in a further migration.`,
  ];
}

/** The table has rows, and none of them has a value for it. */
function requiredFault(name: string): string {
  return (
    `${name} is required and has no default, and the table has rows. Say what they get, as SQL that may name columns of the row: ` +
    `--fill "${name}='none'" writes all it takes. Or give it a default (.default(…)), if there is one value that is right for every row.`
  );
}

function rewriteFault(name: string, { default: value, generated }: Column): string {
  const how =
    generated === undefined ? `has the default ${value ?? 'of a sequence'}` : `is generated ${generated}`;
  return (
    `${name} ${how}, which PostgreSQL would compute for every row, in a rewrite of the table that blocks all use of it. ` +
    (generated === undefined
      ? `Say what the rows that are there get: --fill "${name}=${value ?? '…'}" has them written in small batches.`
      : `Add it without, fill the rows with a backfill ("npm run db -- make --empty --phase data"), then let the record say it. ${BY_HAND}`)
  );
}

const UNKNOWN_PROPERTIES = ['comment', 'autoincrement', 'generated', 'unsigned', 'extra', 'collation'];

function shapeFaults(table: TableDifference): string[] {
  const changed = Object.values(table.changedColumns).flatMap(({ column, fromColumn, changedProperties }) => {
    const isEnumType = (column.nativeEnumName ?? fromColumn.nativeEnumName) !== undefined;
    const what = [...UNKNOWN_PROPERTIES, ...(isEnumType ? ['type', 'enumItems'] : [])].filter((property) =>
      changedProperties.has(property),
    );
    return what.map(
      (property) => `${table.name}.${column.name}: a change of ${property} is not generated. ${BY_HAND}`,
    );
  });
  const indexes = [table.addedIndexes, table.removedIndexes, table.changedIndexes].flatMap(
    Object.values<{ primary: boolean }>,
  );
  const isSwitched = table.changedRlsEnabled !== undefined || table.changedRlsForced !== undefined;
  return [
    ...changed,
    ...byHand({
      [`The primary key of ${table.name} has changed`]: indexes.some(({ primary }) => primary),
      [`The comment of ${table.name} has changed`]: 'changedComment' in table,
      [`The partitions of ${table.name} have changed, which copies the whole table`]:
        table.changedPartitioning !== undefined,
      [`The row security of ${table.name} has changed`]:
        isSwitched || [table.addedPolicies, table.removedPolicies].some(hasEntries),
      [`A trigger of ${table.name} has changed`]: [
        table.addedTriggers,
        table.changedTriggers,
        table.removedTriggers,
      ].some(hasEntries),
      [`An exclusion of ${table.name} has changed`]: [
        table.addedChecks,
        table.changedChecks,
        table.removedChecks,
      ].some(hasExclusion),
    }),
    ...changedIndexes(table).map(
      (name) =>
        `${name} of ${table.name} changes and keeps its name. Give it another name in the entities: the new one is then built beside the old one, which serves the old version.`,
    ),
  ];
}

/** What is true of these is not generated. */
function byHand(facts: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(facts).flatMap(([what, isTrue]) => (isTrue ? [`${what}. ${BY_HAND}`] : []));
}

/** MikroORM also shows one that changes as one that goes and one that comes, or an index that became a constraint as renamed. */
function changedIndexes({
  addedIndexes,
  removedIndexes,
  changedIndexes: changed,
  renamedIndexes,
  fromTable,
}: TableDifference): string[] {
  const added = Object.values(addedIndexes).map(({ keyName }) => keyName);
  const reformed = Object.entries(renamedIndexes).filter(
    ([old, { constraint }]) => fromTable.getIndex(old)?.constraint !== constraint,
  );
  return [
    ...Object.values(changed).map(({ keyName }) => keyName),
    ...Object.values(removedIndexes).flatMap(({ keyName }) => (added.includes(keyName) ? [keyName] : [])),
    ...reformed.map(([old]) => old),
  ];
}

function hasExclusion(checks: Readonly<Record<string, CheckDef>>): boolean {
  return Object.values(checks).some(({ expression }) => /^\s*exclude\b/i.test(String(expression)));
}

/** PostgreSQL drops an index or a check with a column that it names, so one that the entities keep would be dropped silently. */
function leftoverFaults({ name: table, toTable, removedColumns, addedColumns }: TableDifference): string[] {
  const gone = Object.keys(removedColumns).filter((column) => !(column in addedColumns));
  const rules = [
    ...toTable.getIndexes().map(({ keyName, where = '', expression = '' }) => ({
      what: `The index ${keyName}`,
      sql: `${where} ${expression}`,
    })),
    ...toTable
      .getChecks()
      .map(({ name, expression }) => ({ what: `The check ${name}`, sql: String(expression) })),
  ];
  return rules.flatMap(({ what, sql }) =>
    gone
      .filter((column) => namesColumn(sql, column))
      .map(
        (column) =>
          `${what} of ${table} names ${column}, which goes. PostgreSQL would drop it with the column, so say in the entities what it is to be.`,
      ),
  );
}

/** A false match would refuse a harmless change, so neither quoted text counts nor the name of a function. */
function namesColumn(sql: string, column: string): boolean {
  const bare = sql.replaceAll(/'(?:[^']|'')*'/g, `''`).replaceAll(/[\w$]+\s*\(/g, '(');
  return mentions(bare, column);
}

function otherFaults({ difference }: SchemaChange): string[] {
  const { newViews, changedViews, removedViews } = difference;
  const { newRoutines, changedRoutines, removedRoutines, removedNamespaces } = difference;
  const enums = [...difference.newNativeEnums, ...difference.removedNativeEnums].map(({ name }) => name);
  return byHand({
    [`Types have come or gone: ${enums.join(', ')}`]: enums.length > 0,
    'Views have changed': [newViews, changedViews, removedViews].some(hasEntries),
    'Functions have changed': [newRoutines, changedRoutines, removedRoutines].some(hasEntries),
    [`Schemas have gone: ${[...removedNamespaces].join(', ')}`]: removedNamespaces.size > 0,
  });
}

function hasEntries(record: object): boolean {
  return Object.keys(record).length > 0;
}
