/** Tells a thing that got another name from one that went while another came. Nothing in two schemas does; a person is asked. */
import type { DatabaseTable, SchemaDifference } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../../failure.ts';
import { nearestNames } from '../../run/state/nearest-names.ts';
import { isSameType } from './column-types.ts';
import { mentions } from './mentions.ts';
import type { ColumnFill } from './fills.ts';

export interface TableRename {
  readonly from: string;
  readonly to: string;
}

export interface ColumnRename extends TableRename {
  readonly table: string;
}

/** What the person who makes the migration has said, and can be asked. */
export interface RenameDecisions {
  /** `table.old:new` for a column, `old:new` for a table or for a column that only one table can mean. */
  readonly declared: readonly string[];
  /** Whether everything that is not declared is two different things. */
  readonly deniesOthers: boolean;
  /** Asks; absent where nobody is there. */
  readonly ask?: (question: string) => Promise<boolean>;
}

/** Two tables that share so much of their columns may be one. */
const LIKENESS = 0.6;

/** Returns which tables were renamed. MigratorFailure `command-invalid` where one may have been and nobody said. */
export async function decideTableRenames(
  { newTables, removedTables }: SchemaDifference,
  decisions: RenameDecisions,
): Promise<TableRename[]> {
  const [gone, come] = [Object.values(removedTables), Object.values(newTables)];
  const declared = decisions.declared
    .map(parseRename)
    .filter(({ table, from }) => table === undefined && gone.some((old) => old.getShortestName() === from));
  const names = come.map((table) => table.getShortestName());
  for (const { from, to } of declared) {
    if (!names.includes(to))
      throw unknownRename(
        `${from}:${to}`,
        names.map((name) => `${from}:${name}`),
      );
  }
  const candidates = gone.flatMap((old) =>
    come
      .filter((table) => likenessOf(old, table) >= LIKENESS)
      .map((table) => ({ from: old.getShortestName(), to: table.getShortestName() })),
  );
  const { decided, open } = await settle(declared, candidates, decisions, TABLE_WORDING);
  refuse(renameFaults(open, TABLE_WORDING));
  return decided;
}

const TABLE_WORDING: Wording<TableRename> = {
  describe: ({ from, to }) => `table ${from} goes and table ${to}, which looks like it, comes`,
  spell: ({ from, to }) => `${from}:${to}`,
};

/**
 * Returns which columns were renamed; `fills` are the stated values, by which a column that goes is kept as well. MigratorFailure
 * `command-invalid` where one may have been renamed, or its values would be lost to another type, and nobody said; or a declared one cannot be.
 */
export async function decideColumnRenames(
  { changedTables }: SchemaDifference,
  decisions: RenameDecisions,
  { tables, fills }: { readonly tables: readonly TableRename[]; readonly fills: readonly ColumnFill[] },
): Promise<ColumnRename[]> {
  const pairs = Object.values(changedTables).flatMap(({ name: table, addedColumns, removedColumns }) =>
    Object.values(removedColumns).flatMap((old) =>
      Object.values(addedColumns)
        // A column whose rule changed is told as one that goes and one that comes, under one name.
        .filter(({ name }) => name !== old.name && !(name in removedColumns))
        .map((column) => ({ table, from: old.name, to: column.name, isAlike: isSameType(old, column) })),
    ),
  );
  const isTableRename = ({ table, from, to }: Declared): boolean =>
    table === undefined && tables.some((rename) => rename.from === from && rename.to === to);
  const declared = decisions.declared
    .map(parseRename)
    .filter((rename) => !isTableRename(rename))
    .map((rename) => resolveColumn(rename, pairs));
  const unkept = pairs.filter((pair) => !isKept(pair, fills));
  const candidates = unkept
    .filter(({ isAlike }) => isAlike)
    .map(({ table, from, to }) => ({ table, from, to }));
  const { decided, open } = await settle(declared, candidates, decisions, COLUMN_WORDING);
  const lost = decisions.deniesOthers ? [] : lostColumns(unkept, [...decided, ...open]);
  const refused = await refusedLosses(lost, decisions.ask);
  refuse([...renameFaults(open, COLUMN_WORDING), ...refused.map(lossFault)]);
  return decided;
}

const COLUMN_WORDING: Wording<ColumnRename> = {
  describe: ({ table, from, to }) => `${table}.${from} goes and ${table}.${to}, of the same type, comes`,
  spell: ({ table, from, to }) => `${table}.${from}:${to}`,
};

/** What a new column is filled from the old one with lives on there. */
function isKept({ table, from }: Pair, fills: readonly ColumnFill[]): boolean {
  return fills.some((fill) => fill.table === table && mentions(fill.valueSql, from));
}

/** A column that goes while others come, of another type: nothing carries its values over. */
interface LostColumn {
  readonly table: string;
  readonly from: string;
  readonly to: readonly string[];
}

/** Returns them, without those whose old or new name another rename has. */
function lostColumns(pairs: readonly Pair[], renames: readonly ColumnRename[]): LostColumn[] {
  const open = pairs.filter((pair) => !pair.isAlike && !isTaken(pair, renames));
  const byColumn = Map.groupBy(open, ({ table, from }) => `${table}.${from}`);
  return [...byColumn.values()].flatMap((ofColumn) => {
    const [first] = ofColumn;
    return first === undefined
      ? []
      : [{ table: first.table, from: first.from, to: ofColumn.map(({ to }) => to) }];
  });
}

/** Returns those that nobody agreed to lose. */
async function refusedLosses(
  lost: readonly LostColumn[],
  ask: RenameDecisions['ask'],
): Promise<LostColumn[]> {
  const refused: LostColumn[] = [];
  for (const column of lost) {
    const isMeant = await ask?.(`${describeLoss(column)}. Its values will be lost; is that meant?`);
    if (isMeant !== true) refused.push(column);
  }
  return refused;
}

function describeLoss({ table, from, to }: LostColumn): string {
  const names = to.map((name) => `${table}.${name}`).join(' and ');
  return `${table}.${from} goes and ${names}, of another type, ${to.length === 1 ? 'comes' : 'come'}`;
}

function lossFault(column: LostColumn): string {
  const { table, from, to } = column;
  const fills = to.map((name) => `--fill "${table}.${name}=SQL that names ${from}"`);
  return (
    `${describeLoss(column)}. Its values will be lost unless the new column gets them. ` +
    `Say to "npm run db -- make" which: ${fills.join(' or ')} keeps them; --no-rename drops them.`
  );
}

interface Declared extends TableRename {
  readonly table: string | undefined;
}

function parseRename(text: string): Declared {
  const match = /^(?:([\w$]+)\.)?([\w$]+):(?:([\w$]+)\.)?([\w$]+)$/.exec(text);
  const [, table, from, sameTable, to] = match ?? [];
  const isOneTable = sameTable === undefined || sameTable === table;
  if (from !== undefined && to !== undefined && isOneTable) return { table, from, to };
  throw new MigratorFailure(
    'command-invalid',
    `--rename was "${text}": table.old:new for a column or old:new for a table was wanted, such as --rename users.phone:mobile.`,
  );
}

interface Pair extends ColumnRename {
  readonly isAlike: boolean;
}

function resolveColumn({ table, from, to }: Declared, pairs: readonly Pair[]): ColumnRename {
  const meant = pairs.filter(
    (pair) => pair.from === from && pair.to === to && (table === undefined || pair.table === table),
  );
  const [only] = meant;
  const text = `${table === undefined ? '' : `${table}.`}${from}:${to}`;
  if (only === undefined || meant.length > 1)
    throw unknownRename(
      text,
      pairs.map((pair) => `${pair.table}.${pair.from}:${pair.to}`),
    );
  if (only.isAlike) return { table: only.table, from, to };
  throw new MigratorFailure(
    'command-invalid',
    `${text} changes the type as well. Rename the column first, and change its type in a further migration.`,
  );
}

function unknownRename(text: string, known: readonly string[]): MigratorFailure {
  const nearest = nearestNames(known, text).join(' or ');
  return new MigratorFailure(
    'command-invalid',
    `--rename ${text} is not among the changes of the records. ${nearest === '' ? 'Nothing was renamed in them.' : `Did you mean ${nearest}?`}`,
  );
}

interface Wording<Rename> {
  readonly describe: (rename: Rename) => string;
  readonly spell: (rename: Rename) => string;
}

/** What is declared holds; of the rest each is asked for, denied or left open. A name that is taken is asked about no more. */
async function settle<Rename extends TableRename & { readonly table?: string }>(
  declared: readonly Rename[],
  candidates: readonly Rename[],
  { deniesOthers, ask }: RenameDecisions,
  { describe, spell }: Wording<Rename>,
): Promise<{ decided: Rename[]; open: Rename[] }> {
  const decided: Rename[] = [];
  for (const rename of declared) {
    if (isTaken(rename, decided)) {
      throw new MigratorFailure(
        'command-invalid',
        `--rename ${spell(rename)} has a name that another --rename has.`,
      );
    }
    decided.push(rename);
  }
  const open: Rename[] = [];
  for (const candidate of candidates) {
    if (isTaken(candidate, decided) || deniesOthers) continue;
    if (ask === undefined) open.push(candidate);
    else if (await ask(`${describe(candidate)}. Was it renamed?`)) decided.push(candidate);
  }
  return { decided, open };
}

function renameFaults<Rename>(open: readonly Rename[], { describe, spell }: Wording<Rename>): string[] {
  if (open.length === 0) return [];
  return [
    `${open.map(describe).join('; ')}. Renamed, the rows are kept; otherwise what is in them is dropped. ` +
      `Say to "npm run db -- make" which: ${open.map((rename) => `--rename ${spell(rename)}`).join(' or ')}, or --no-rename.`,
  ];
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0)
    throw new MigratorFailure('command-invalid', `Nothing was written: ${faults.join(' ')}`);
}

function isTaken(
  wanted: TableRename & { readonly table?: string },
  decided: readonly (TableRename & { readonly table?: string })[],
): boolean {
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
