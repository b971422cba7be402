/** Distinguishes a renamed column from one dropped and another added. Two schemas do not show it; a person is asked. */
import type { DatabaseTable, SchemaDifference } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../../failure.ts';
import { isSameType } from './column-types.ts';
import { mentions } from './mentions.ts';
import type { ColumnFill } from './fills.ts';

export interface ColumnRename {
  readonly table: string;
  readonly from: string;
  readonly to: string;
}

/** What the person who makes the migration has said, and can be asked. */
export interface RenameDecisions {
  /** `table.old:new`, or `old:new` for a column that only one table can mean. */
  readonly declared: readonly string[];
  /** Whether everything that is not declared is two different things. */
  readonly deniesOthers: boolean;
  /** Asks the person at the terminal; absent where there is none. */
  readonly ask?: (question: string) => Promise<boolean>;
}

/** Two tables that share so much of their columns may be one. */
const LIKENESS = 0.6;

/** MigratorFailure `command-invalid` where a table went while one like it came: dropped, its rows would be lost. */
export function refuseTableRenames(
  { newTables, removedTables }: SchemaDifference,
  { deniesOthers }: RenameDecisions,
): void {
  if (deniesOthers) return;
  const faults = Object.values(removedTables).flatMap((old) =>
    Object.values(newTables)
      .filter((table) => likenessOf(old, table) >= LIKENESS)
      .map((table) => {
        const [from, to] = [old.getShortestName(), table.getShortestName()];
        return (
          `Table ${from} goes and table ${to}, which looks like it, comes. If these are two tables, pass --no-rename: the rows of ${from} ` +
          `are dropped then. If it was renamed, write it yourself, with "npm run db -- make --by-hand --phase expand --name rename_${from}": ` +
          `alter table "${from}" rename to "${to}", and create view "${from}" as table "${to}", which the old version uses until a ` +
          'contract drops it.'
        );
      }),
  );
  if (faults.length > 0) throw invalid(`Nothing was written. ${faults.join(' ')}`);
}

interface Pair extends ColumnRename {
  readonly isAlike: boolean;
}

/**
 * Returns which columns were renamed; `fills` are the stated values, by which a column that goes is kept as well. MigratorFailure
 * `command-invalid` where one may have been renamed, or its values would be lost to another type, and no option says which; or a declared one
 * cannot be.
 */
export async function decideColumnRenames(
  { changedTables }: SchemaDifference,
  { declared, deniesOthers, ask }: RenameDecisions,
  fills: readonly ColumnFill[],
): Promise<ColumnRename[]> {
  const pairs = Object.values(changedTables).flatMap(pairsOf);
  const decided: ColumnRename[] = [];
  for (const text of declared) {
    const rename = resolveRename(text, pairs);
    if (isTaken(rename, decided))
      throw invalid(`--rename ${spell(rename)} has a name that another --rename has.`);
    decided.push(rename);
  }
  if (deniesOthers) return decided;
  const unkept = pairs.filter(
    ({ table, from }) => !fills.some((fill) => fill.table === table && mentions(fill.valueSql, from)),
  );
  const open: ColumnRename[] = [];
  for (const { isAlike, ...rename } of unkept) {
    if (!isAlike || isTaken(rename, decided)) continue;
    if (ask === undefined) open.push(rename);
    else if (await ask(`${describe(rename)}. Was it renamed?`)) decided.push(rename);
  }
  const lost = Map.groupBy(
    unkept.filter((pair) => !pair.isAlike && !isTaken(pair, [...decided, ...open])),
    ({ table, from }) => `${table}.${from}`,
  );
  const faults = renameFaults(open);
  for (const [name, ofColumn] of lost) {
    const what = `${name} goes while ${ofColumn.map(({ table, to }) => `${table}.${to}`).join(' and ')}, of another type, comes. Its values will be lost`;
    if ((await ask?.(`${what}; is that meant?`)) !== true) faults.push(lossFault(what, ofColumn));
  }
  if (faults.length > 0) throw invalid(`Nothing was written: ${faults.join(' ')}`);
  return decided;
}

/** A column whose rule changed is shown as one that goes and one that comes, under one name. */
function pairsOf({
  name: table,
  addedColumns,
  removedColumns,
}: SchemaDifference['changedTables'][string]): Pair[] {
  return Object.values(removedColumns).flatMap((old) =>
    Object.values(addedColumns)
      .filter(({ name }) => name !== old.name && !(name in removedColumns))
      .map((column) => ({ table, from: old.name, to: column.name, isAlike: isSameType(old, column) })),
  );
}

function resolveRename(text: string, pairs: readonly Pair[]): ColumnRename {
  const [, table, from, sameTable, to] = /^(?:([\w$]+)\.)?([\w$]+):(?:([\w$]+)\.)?([\w$]+)$/.exec(text) ?? [];
  if (from === undefined || to === undefined || (sameTable !== undefined && sameTable !== table))
    throw invalid(`--rename was "${text}": table.old:new was expected, such as --rename users.phone:mobile.`);
  const meant = pairs.filter(
    (pair) => pair.from === from && pair.to === to && (table === undefined || pair.table === table),
  );
  const [only] = meant;
  if (only === undefined || meant.length > 1)
    throw invalid(
      `--rename ${text} is not among the changes of the entities, which are: ${pairs.map(spell).join(', ') || 'none'}.`,
    );
  if (only.isAlike) return { table: only.table, from, to };
  throw invalid(
    `${text} changes the type as well. Rename the column first, and change its type in a further migration.`,
  );
}

function renameFaults(open: readonly ColumnRename[]): string[] {
  if (open.length === 0) return [];
  return [
    `${open.map(describe).join('; ')}. Renamed, the rows are kept; otherwise what is in them is dropped. ` +
      `Say to "npm run db -- make" which: ${open.map((rename) => `--rename ${spell(rename)}`).join(' or ')}, or --no-rename.`,
  ];
}

function lossFault(what: string, ofColumn: readonly Pair[]): string {
  const fills = ofColumn.map(({ table, from, to }) => `--fill "${table}.${to}=SQL that names ${from}"`);
  return `${what} unless the new column gets them. Say to "npm run db -- make" which: ${fills.join(' or ')} keeps them; --no-rename drops them.`;
}

function describe({ table, from, to }: ColumnRename): string {
  return `${table}.${from} goes and ${table}.${to}, of the same type, comes`;
}

function spell({ table, from, to }: ColumnRename): string {
  return `${table}.${from}:${to}`;
}

function invalid(message: string): MigratorFailure {
  return new MigratorFailure('command-invalid', message);
}

function isTaken(wanted: ColumnRename, decided: readonly ColumnRename[]): boolean {
  return decided.some(
    ({ table, from, to }) => table === wanted.table && (from === wanted.from || to === wanted.to),
  );
}

function likenessOf(one: DatabaseTable, other: DatabaseTable): number {
  const [first, second] = [one.getColumns(), other.getColumns()];
  const shared = first.filter((column) =>
    second.some(({ name, type }) => name === column.name && isSameType(column, { type })),
  );
  return shared.length / (first.length + second.length - shared.length);
}
