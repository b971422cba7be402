/** Indexes and unique constraints of tables in use: built and dropped while others write. */
import type { DatabaseTable, IndexDef, TableDifference } from '@mikro-orm/postgresql';
import { constraintOfIndex, dropConcurrently } from '../recipes/indexes.ts';
import { restoreRule } from '../recipes/restore-rule.ts';
import { identifier } from '../../run/connect/sql-text.ts';
import { bindsOldVersion, formerNames } from './decisions.ts';
import { mentions } from './mentions.ts';
import type { Change, Stage } from './draft.ts';
import type { TableDecisions } from './decisions.ts';
import type { Step } from '../../run/connect/sql-text.ts';
import type { SchemaTools } from './schema-change.ts';

/** Returns the changes for the indexes of one table. */
export function planIndexes(table: TableDifference, decisions: TableDecisions, tools: SchemaTools): Change[] {
  const isRule = (index: IndexDef): boolean => isUnique(index) && bindsOld(table, decisions, index);
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
      .flatMap((index) => planAdded(table, index, isRule(index), tools)),
    ...gone.map((index) => planRemoved(table, index, tools)),
    ...changed.flatMap((index) => planChanged(table, index, isRule(index), tools)),
    ...renamed.map(([old, index]) => planRenamed(table, old, index)),
  ];
}

/** What somebody spelt in another way is known by its spelling. */
function isUnique({ unique, expression }: IndexDef): boolean {
  return unique || /^\s*create\s+unique\b/i.test(expression ?? '');
}

/** Whether the version that runs may write doubles: it may not where a rule that it keeps already is as narrow. */
function bindsOld(table: TableDifference, decisions: TableDecisions, index: IndexDef): boolean {
  const former = formerNames(index.columnNames, decisions);
  const isKept = table.fromTable.getIndexes().some(({ unique, primary, where, expression, columnNames }) => {
    const isWhole = where === undefined || where === index.where;
    const isNarrower = columnNames.length > 0 && columnNames.every((column) => former.includes(column));
    return (unique || primary) && isWhole && expression === undefined && isNarrower;
  });
  return !isKept && bindsOldVersion(table, decisions, index.columnNames);
}

function planAdded(
  { toTable, name }: TableDifference,
  index: IndexDef,
  isRule: boolean,
  tools: SchemaTools,
): Change[] {
  const create = concurrently(toTable, index, tools);
  if (create === undefined) {
    const [up, down] = [tools.helper.createIndex(index, toTable), tools.helper.dropIndex(name, index)];
    return [{ stage: isRule ? 'contract' : 'expand', rank: 8, up: [up], down: [down] }];
  }
  const build: Change = {
    stage: buildStage(isRule),
    rank: 0,
    up: [create],
    down: [dropConcurrently(index.keyName)],
  };
  if (!index.constraint) return [build];
  return [
    build,
    { stage: isRule ? 'contract_unique' : 'unique', rank: 0, ...constraintOf(toTable, index, tools) },
  ];
}

/** A unique index is a rule from the moment it is there. */
function buildStage(isRule: boolean): Stage {
  return isRule ? 'contract_index' : 'index';
}

/** Back, the index stays and is no constraint any more, as before. */
export function constraintOf(table: DatabaseTable, index: IndexDef, tools: SchemaTools): Step {
  const defer = index.deferMode === undefined ? '' : ` deferrable initially ${index.deferMode}`;
  return constraintOfIndex(table.name, index.keyName, plain(table, index, tools), defer);
}

function planRemoved(table: TableDifference, index: IndexDef, tools: SchemaTools): Change {
  const { fromTable, name } = table;
  const columns = Object.keys(table.removedColumns);
  const back = restoreIndex(fromTable, index, tools);
  const create = concurrently(fromTable, index, tools);
  // PostgreSQL drops it with the column.
  if (index.columnNames.some((column) => columns.includes(column)))
    return { stage: 'contract', rank: 1, up: [], down: [back] };
  // A condition can be about a column that goes; the way back needs that column first.
  const isAbout = columns.some((column) =>
    mentions(`${index.where ?? ''} ${index.expression ?? ''}`, column),
  );
  if (!isUnique(index) && !isAbout && create !== undefined)
    return { stage: 'drop_index', rank: 0, up: [dropConcurrently(index.keyName)], down: [create] };
  return {
    stage: 'contract',
    rank: 1,
    up: [dropIndex(name, index, tools)],
    down: [back],
  };
}

/** Where rows break a unique rule that went, it stays away. */
export function restoreIndex(table: DatabaseTable, index: IndexDef, { helper }: SchemaTools): string {
  const create = helper.createIndex(index, table);
  return isUnique(index) ? restoreRule(create) : create;
}

function dropIndex(table: string, index: IndexDef, { helper }: SchemaTools): string {
  const drop = helper.dropIndex(table, index);
  return isUnique(index)
    ? drop.replace(/drop (index|constraint) (?!if exists)/i, 'drop $1 if exists ')
    : drop;
}

/** The new one is built beside the old one, which serves the old version until it is gone. */
function planChanged(table: TableDifference, index: IndexDef, isRule: boolean, tools: SchemaTools): Change[] {
  const { fromTable, toTable } = table;
  const old = fromTable.getIndex(index.keyName) ?? index;
  const next = { ...index, keyName: `${index.keyName}_new` };
  const create = concurrently(toTable, next, tools) ?? tools.helper.createIndex(next, toTable);
  const build: Change = {
    stage: buildStage(isRule),
    rank: 0,
    up: [create],
    down: [dropConcurrently(next.keyName)],
  };
  return index.constraint || isUnique(old) || goesWithColumn(table, old)
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
  const restore = restoreIndex(fromTable, old, tools);
  const drop = dropIndex(name, old, tools);
  const [up, down] = [renameIndex(next.keyName, index.keyName), renameIndex(index.keyName, next.keyName)];
  const constraint = index.constraint ? constraintOf(toTable, index, tools) : { up: [], down: [] };
  return {
    stage: 'contract',
    rank: 1,
    up: [drop, up, ...constraint.up],
    down: [...constraint.down, down, restore],
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

/** Returns the statement that gives an index another name. */
export function renameIndex(from: string, to: string): string {
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

/** Returns the statement that builds an index while others write; undefined for one that somebody spelt in another way. */
export function concurrently(table: DatabaseTable, index: IndexDef, tools: SchemaTools): string | undefined {
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

function partition<Item>(
  items: readonly Item[],
  isFirst: (item: Item) => boolean,
): readonly [first: Item[], second: Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
