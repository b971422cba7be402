/** Indexes and unique constraints of tables in use: built and dropped while others write. */
import type { DatabaseTable, IndexDef, TableDifference } from '@mikro-orm/postgresql';
import { identifier } from '../../run/connect/sql-text.ts';
import { mentions } from './mentions.ts';
import type { Change } from './draft.ts';
import type { SchemaTools } from './schema-change.ts';

/** Returns the changes for the indexes of one table. */
export function planIndexes(table: TableDifference, tools: SchemaTools): Change[] {
  const { fromTable } = table;
  const [renamed, reformed] = partition(Object.entries(table.renamedIndexes), ([old, index]) => {
    return fromTable.getIndex(old)?.constraint === index.constraint;
  });
  // MikroORM also tells an index that became a constraint, or the other way round, as one that goes and one that comes.
  const added = [...Object.values(table.addedIndexes), ...reformed.map(([, index]) => index)];
  const removed = [
    ...Object.values(table.removedIndexes),
    ...reformed.flatMap(([old]) => fromTable.getIndex(old) ?? []),
  ];
  const [remade, gone] = partition(removed, ({ keyName }) => added.some((next) => next.keyName === keyName));
  const replaced = new Set(remade.map(({ keyName }) => keyName));
  const changed = [
    ...Object.values(table.changedIndexes),
    ...added.filter(({ keyName }) => replaced.has(keyName)),
  ];
  return [
    ...added
      .filter(({ keyName }) => !replaced.has(keyName))
      .flatMap((index) => planAdded(table, index, tools)),
    ...gone.map((index) => planRemoved(table, index, tools)),
    ...changed.flatMap((index) => planChanged(table, index, tools)),
    ...renamed.map(([old, index]) => planRenamed(table, old, index)),
  ];
}

function planAdded({ toTable, name }: TableDifference, index: IndexDef, tools: SchemaTools): Change[] {
  const create = concurrently(toTable, index, tools);
  if (create === undefined) {
    const [up, down] = [tools.helper.createIndex(index, toTable), tools.helper.dropIndex(name, index)];
    return [{ stage: 'expand', rank: 8, up: [up], down: [down] }];
  }
  const build: Change = { stage: 'index', rank: 0, up: [create], down: [dropConcurrently(index.keyName)] };
  return index.constraint ? [build, constraintOf(toTable, index, tools)] : [build];
}

/** Back, the index stays and is no constraint any more, as before. */
function constraintOf(table: DatabaseTable, index: IndexDef, tools: SchemaTools): Change {
  return {
    stage: 'unique',
    rank: 0,
    up: [usingIndex(table, index, index.keyName)],
    down: [dropConstraint(table, index.keyName), plain(table, index, tools)],
  };
}

function planRemoved(table: TableDifference, index: IndexDef, tools: SchemaTools): Change {
  const { fromTable, name } = table;
  const columns = Object.keys(table.removedColumns);
  const back = tools.helper.createIndex(index, fromTable);
  const create = concurrently(fromTable, index, tools);
  // PostgreSQL drops it with the column.
  if (index.columnNames.some((column) => columns.includes(column)))
    return { stage: 'contract', rank: 1, up: [], down: [back] };
  // A condition can be about a column that goes; the way back needs that column first.
  const isAbout = columns.some((column) =>
    mentions(`${index.where ?? ''} ${index.expression ?? ''}`, column),
  );
  if (!index.constraint && !isAbout && create !== undefined)
    return { stage: 'drop_index', rank: 0, up: [dropConcurrently(index.keyName)], down: [create] };
  const waivers = {
    'require-concurrent-index-deletion': 'it goes with a column, under the lock of which it is',
  };
  return {
    stage: 'contract',
    rank: 1,
    up: [tools.helper.dropIndex(name, index)],
    down: [back],
    ...(!index.constraint && { waivers }),
  };
}

/** The new one is built beside the old one, which serves the old version until it is gone. */
function planChanged(table: TableDifference, index: IndexDef, tools: SchemaTools): Change[] {
  const { fromTable, toTable } = table;
  const old = fromTable.getIndex(index.keyName) ?? index;
  const next = { ...index, keyName: `${index.keyName}_new` };
  const create = concurrently(toTable, next, tools) ?? tools.helper.createIndex(next, toTable);
  const build: Change = { stage: 'index', rank: 0, up: [create], down: [dropConcurrently(next.keyName)] };
  return index.constraint || old.constraint || goesWithColumn(table, old)
    ? [build, swapAtOnce(table, { old, next, index }, tools)]
    : [build, ...swapIndex(table, { old, next, index }, tools)];
}

interface Swap {
  readonly old: IndexDef;
  /** The new index under the name that it is built under. */
  readonly next: IndexDef;
  readonly index: IndexDef;
}

/** PostgreSQL drops an index with a column that it is about, and it cannot be made again before that is. */
function goesWithColumn({ removedColumns }: TableDifference, index: IndexDef): boolean {
  const { columnNames, where = '', expression = '' } = index;
  const text = `${where} ${expression}`;
  return Object.keys(removedColumns).some((column) => columnNames.includes(column) || mentions(text, column));
}

/** What the old one was for, the new one does from the same moment on. */
function swapAtOnce(
  { fromTable, toTable, name }: TableDifference,
  { old, next, index }: Swap,
  tools: SchemaTools,
): Change {
  const restore = tools.helper.createIndex(old, fromTable);
  const drop = tools.helper.dropIndex(name, old);
  const waived = !old.constraint && {
    waivers: { 'require-concurrent-index-deletion': 'its name is needed in the same transaction' },
  };
  if (!index.constraint) {
    const [up, down] = [renameIndex(next.keyName, index.keyName), renameIndex(index.keyName, next.keyName)];
    return { stage: 'contract', rank: 1, up: [drop, up], down: [down, restore], ...waived };
  }
  return {
    stage: 'contract',
    rank: 1,
    up: [drop, usingIndex(toTable, index, next.keyName)],
    down: [dropConstraint(toTable, index.keyName), plain(toTable, next, tools), restore],
    ...waived,
  };
}

function swapIndex({ fromTable }: TableDifference, { old, next, index }: Swap, tools: SchemaTools): Change[] {
  const aside = { ...old, keyName: `${old.keyName}_old` };
  const restore = concurrently(fromTable, aside, tools) ?? tools.helper.createIndex(aside, fromTable);
  return [
    {
      stage: 'contract',
      rank: 1,
      up: [renameIndex(old.keyName, aside.keyName), renameIndex(next.keyName, index.keyName)],
      down: [renameIndex(index.keyName, next.keyName), renameIndex(aside.keyName, old.keyName)],
    },
    { stage: 'drop_index', rank: 0, up: [dropConcurrently(aside.keyName)], down: [restore] },
  ];
}

function renameIndex(from: string, to: string): string {
  return `alter index ${identifier(from)} rename to ${identifier(to)}`;
}

function planRenamed({ toTable }: TableDifference, old: string, { keyName, constraint }: IndexDef): Change {
  const rename = (from: string, to: string): string =>
    constraint
      ? `alter table ${toTable.getQuotedName()} rename constraint ${identifier(from)} to ${identifier(to)}`
      : renameIndex(from, to);
  return { stage: 'expand', rank: 5, up: [rename(old, keyName)], down: [rename(keyName, old)] };
}

const CREATE_INDEX = /^\s*create (unique )?index (?:concurrently )?(?:if not exists )?/i;

/** Undefined for an index that somebody spelt in another way. */
function concurrently(table: DatabaseTable, index: IndexDef, tools: SchemaTools): string | undefined {
  const sql = plain(table, index, tools);
  if (!CREATE_INDEX.test(sql)) return undefined;
  return sql.replace(CREATE_INDEX, (_, unique = '') => `create ${unique}index concurrently if not exists `);
}

/** The index alone, also of what is to be a constraint. When a rule is looked at is the constraint's matter. */
function plain(table: DatabaseTable, index: IndexDef, { helper }: SchemaTools): string {
  const bare: IndexDef = { ...index, constraint: false };
  delete bare.deferMode;
  return helper.createIndex(bare, table);
}

function usingIndex(table: DatabaseTable, { keyName, deferMode }: IndexDef, indexName: string): string {
  const defer = deferMode === undefined ? '' : ` deferrable initially ${deferMode}`;
  const constraint = `add constraint ${identifier(keyName)} unique using index ${identifier(indexName)}`;
  return `alter table ${table.getQuotedName()} ${constraint}${defer}`;
}

function dropConstraint(table: DatabaseTable, name: string): string {
  return `alter table ${table.getQuotedName()} drop constraint ${identifier(name)}`;
}

function dropConcurrently(name: string): string {
  return `drop index concurrently if exists ${identifier(name)}`;
}

function partition<Item>(
  items: readonly Item[],
  isFirst: (item: Item) => boolean,
): readonly [first: Item[], second: Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
