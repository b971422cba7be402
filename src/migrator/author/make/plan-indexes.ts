/** Indexes and unique constraints of tables in use: built and dropped while others write. */
import type { DatabaseTable, IndexDef, TableDifference } from '@mikro-orm/postgresql';
import { constraintOfIndex, dropConcurrently } from '../recipes/indexes.ts';
import { restoreRule } from '../recipes/restore-rule.ts';
import { identifier } from '../../run/connect/sql-text.ts';
import { bindsOldVersion, formerNames } from './decisions.ts';
import { mentions } from './mentions.ts';
import type { Change } from './draft.ts';
import type { TableDecisions } from './decisions.ts';
import type { SchemaTools } from './schema-change.ts';

/** Returns the changes for the indexes of one table. One that changes and keeps its name the guards have refused. */
export function planIndexes(table: TableDifference, decisions: TableDecisions, tools: SchemaTools): Change[] {
  return [
    ...Object.values(table.addedIndexes).flatMap((index) => planAdded(table, index, decisions, tools)),
    ...Object.values(table.removedIndexes).map((index) => planRemoved(table, index, tools)),
    ...Object.entries(table.renamedIndexes).map(([old, index]) => planRenamed(table, old, index)),
  ];
}

/** A handwritten definition is identified by its text. */
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
  table: TableDifference,
  index: IndexDef,
  decisions: TableDecisions,
  tools: SchemaTools,
): Change[] {
  const { toTable, name } = table;
  const isRule = isUnique(index) && bindsOld(table, decisions, index);
  const create = concurrently(toTable, index, tools);
  if (create === undefined) {
    const [up, down] = [tools.helper.createIndex(index, toTable), tools.helper.dropIndex(name, index)];
    return [{ stage: isRule ? 'contract' : 'expand', rank: 8, up: [up], down: [down] }];
  }
  // A unique index is a rule from the moment it is there.
  const stage = isRule ? 'contract_index' : 'index';
  const build: Change = { stage, rank: 0, up: [create], down: [dropConcurrently(index.keyName)] };
  if (!index.constraint) return [build];
  const defer = index.deferMode === undefined ? '' : ` deferrable initially ${index.deferMode}`;
  const constraint = constraintOfIndex(toTable.name, index.keyName, plain(toTable, index, tools), defer);
  return [build, { stage: isRule ? 'contract_unique' : 'unique', rank: 0, ...constraint }];
}

function planRemoved(table: TableDifference, index: IndexDef, tools: SchemaTools): Change {
  const { fromTable, name } = table;
  const columns = Object.keys(table.removedColumns);
  const create = tools.helper.createIndex(index, fromTable);
  const online = concurrently(fromTable, index, tools);
  // Where rows break a unique rule that went, it stays away.
  const down = [isUnique(index) ? restoreRule(create) : create];
  // PostgreSQL drops it with the column.
  if (index.columnNames.some((column) => columns.includes(column)))
    return { stage: 'contract', rank: 1, up: [], down };
  // A condition can be about a column that goes; the way back needs that column first.
  const isAbout = columns.some((column) =>
    mentions(`${index.where ?? ''} ${index.expression ?? ''}`, column),
  );
  if (!isUnique(index) && !isAbout && online !== undefined)
    return { stage: 'drop_index', rank: 0, up: [dropConcurrently(index.keyName)], down: [online] };
  const drop = tools.helper.dropIndex(name, index);
  // A way back that was taken before may have left the rule off.
  const tolerant = drop.replace(/drop (index|constraint) (?!if exists)/i, 'drop $1 if exists ');
  return { stage: 'contract', rank: 1, up: [isUnique(index) ? tolerant : drop], down };
}

function planRenamed({ toTable }: TableDifference, old: string, { keyName, constraint }: IndexDef): Change {
  const rename = (from: string, to: string): string =>
    constraint
      ? `alter table ${toTable.getQuotedName()} rename constraint ${identifier(from)} to ${identifier(to)}`
      : `alter index ${identifier(from)} rename to ${identifier(to)}`;
  return { stage: 'expand', rank: 5, up: [rename(old, keyName)], down: [rename(keyName, old)] };
}

const CREATE_INDEX = /^\s*create (unique )?index (?:concurrently )?(?:if not exists )?/i;

/** Returns the statement that builds an index while others write; undefined for a handwritten one. */
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
