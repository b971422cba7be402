/** What is about a column and would go with it, made again for the one that takes its place. */
import type { CheckDef, DatabaseTable, IndexDef, TableDifference } from '@mikro-orm/postgresql';
import { addOnline } from '../recipes/constraints.ts';
import { dropConcurrently } from '../recipes/indexes.ts';
import { restoreConstraint } from '../recipes/restore-rule.ts';
import { kindOfTypeChange } from './column-types.ts';
import { mentions } from './mentions.ts';
import { concurrently, constraintOf, renameIndex, restoreIndex } from './plan-indexes.ts';
import type { Change } from './draft.ts';
import type { SchemaTools } from './schema-change.ts';

/** Returns the changes for the checks and indexes of a column. PostgreSQL drops them with it, and `next` gets its name in the contract. */
export function planFollowers(
  { toTable, fromTable }: TableDifference,
  column: string,
  next: string,
  tools: SchemaTools,
): Change[] {
  return [
    ...checksAbout(fromTable, column).flatMap((check): Change[] => {
      const spell = (table: DatabaseTable): string => tools.helper.createCheck(table, check);
      const { add, validate } = addOnline(toTable.name, check.name, spell(toTable));
      return [
        {
          stage: 'contract',
          rank: 1,
          up: [],
          down: restoreConstraint(toTable.name, check.name, spell(fromTable)),
        },
        { stage: 'contract', rank: 7, ...add },
        { stage: 'contract_validate', rank: 0, ...validate },
      ];
    }),
    ...indexesAbout(fromTable, column).flatMap((index): Change[] => {
      const beside = {
        ...index,
        keyName: `${index.keyName}_new`,
        columnNames: index.columnNames.map((name) => (name === column ? next : name)),
      };
      const create = concurrently(toTable, beside, tools);
      if (create === undefined) return [];
      const constraint = index.constraint ? constraintOf(toTable, index, tools) : { up: [], down: [] };
      return [
        { stage: 'index', rank: 0, up: [create], down: [dropConcurrently(beside.keyName)] },
        { stage: 'contract', rank: 1, up: [], down: [restoreIndex(fromTable, index, tools)] },
        {
          stage: 'contract',
          rank: 5,
          up: [renameIndex(beside.keyName, index.keyName), ...constraint.up],
          down: [...constraint.down, renameIndex(index.keyName, beside.keyName)],
        },
      ];
    }),
  ];
}

function checksAbout(table: DatabaseTable, column: string): CheckDef[] {
  return table.getChecks().filter(({ expression }) => mentions(String(expression), column));
}

function indexesAbout(table: DatabaseTable, column: string): IndexDef[] {
  return table.getIndexes().filter(({ columnNames }) => columnNames.includes(column));
}

/** Returns what cannot follow: keys, and what somebody spelt in another way. */
export function cannotFollow(table: DatabaseTable, column: string): string[] {
  const isOdd = ({ primary, where, expression, columns, columnNames }: IndexDef): boolean => {
    const isAbout = [where, expression].some((text) => text !== undefined && mentions(text, column));
    return (
      isAbout ||
      (columnNames.includes(column) && (primary || columns !== undefined || expression !== undefined))
    );
  };
  return [
    ...table
      .getIndexes()
      .filter(isOdd)
      .map(({ keyName, primary }) => (primary ? 'its primary key' : keyName)),
    ...checksAbout(table, column)
      .filter(({ expression }) => /^\s*exclude\b/i.test(String(expression)))
      .map(({ name }) => name),
    ...Object.values(table.getForeignKeys())
      .filter(({ columnNames }) => columnNames.includes(column))
      .map(({ constraintName }) => constraintName),
  ];
}

/** Whether what is about the column changes at the same time, or is also about another column that gets a larger type. */
export function changesWith(table: TableDifference, column: string): boolean {
  const { changedChecks, changedIndexes, removedIndexes, renamedIndexes, changedColumns, fromTable } = table;
  const isAbout = ({ columnNames }: IndexDef): boolean => columnNames.includes(column);
  const changed = [changedIndexes, removedIndexes, renamedIndexes].some((indexes) =>
    Object.values(indexes).some(isAbout),
  );
  const rules = rulesAbout(fromTable, column);
  const isShared = Object.values(changedColumns).some(({ column: other, fromColumn }) => {
    if (other.name === column || kindOfTypeChange(fromColumn, other) !== 'beside') return false;
    return rulesAbout(fromTable, other.name).some((name) => rules.includes(name));
  });
  return changed || isShared || Object.values(changedChecks).some(({ name }) => rules.includes(name));
}

function rulesAbout(table: DatabaseTable, column: string): string[] {
  return [
    ...checksAbout(table, column).map(({ name }) => name),
    ...indexesAbout(table, column).map(({ keyName }) => keyName),
  ];
}
