/** Checks and foreign keys of tables in use: kept by new rows first, read for the old ones in a migration of its own. */
import type {
  CheckDef,
  DatabaseTable,
  ForeignKey,
  SchemaHelper,
  TableDifference,
} from '@mikro-orm/postgresql';
import { addOnline, dropConstraint } from '../recipes/constraints.ts';
import { restoreConstraint } from '../recipes/restore-rule.ts';
import { bindsOldVersion, formerNames } from './decisions.ts';
import { mentions } from './mentions.ts';
import type { Change } from './draft.ts';
import type { TableDecisions } from './decisions.ts';
import type { SchemaTools } from './schema-change.ts';

/** Returns the changes for the checks of one table. */
export function planChecks(table: TableDifference, { helper }: SchemaTools): Change[] {
  const { toTable, fromTable } = table;
  return [
    ...Object.values(table.addedChecks).flatMap((check): Change[] => {
      const create = helper.createCheck(toTable, check);
      // The old version does not know the rule, and may write what breaks it wherever it knows the columns.
      const bindsOld = fromTable.getColumns().some(({ name }) => mentions(String(check.expression), name));
      return addRule(toTable, check.name, create, bindsOld);
    }),
    // Without the rule both versions can live; with it the new one might not.
    ...Object.values(table.removedChecks).map((check): Change => ({
      stage: 'expand',
      rank: 1,
      up: [dropConstraint(toTable.name, check.name)],
      down: restoreConstraint(fromTable.name, check.name, helper.createCheck(fromTable, check)),
    })),
    ...Object.values(table.changedChecks).flatMap((check) => changeCheck(table, check, helper)),
  ];
}

/** Adds a rule for new rows, and reads the others in the next transaction. */
function addRule({ name: table }: DatabaseTable, name: string, create: string, bindsOld: boolean): Change[] {
  const { add, validate } = addOnline(table, name, create);
  return [
    { stage: bindsOld ? 'contract' : 'expand', rank: 7, ...add },
    { stage: bindsOld ? 'contract_validate' : 'validate', rank: 0, ...validate },
  ];
}

/**
 * Until the old version is gone, what either version writes is allowed: the new rule alone would stop the old version, and the old
 * one the new version.
 */
function changeCheck(
  { toTable, fromTable }: TableDifference,
  check: CheckDef,
  helper: SchemaHelper,
): Change[] {
  const { name } = check;
  const old = fromTable.getCheck(name) ?? check;
  const spell = (rule: CheckDef): string => helper.createCheck(toTable, rule);
  const isWider = allowsMore(old, check);
  if (isWider || allowsMore(check, old))
    return exchange(toTable, name, { next: spell(check), old: spell(old), isWider });
  const both = spell({
    ...check,
    expression: `(${String(old.expression)}) or (${String(check.expression)})`,
  });
  return [
    ...exchange(toTable, name, { next: both, old: spell(old), isWider: true }),
    ...exchange(toTable, name, { next: spell(check), old: both, isWider: false }),
  ];
}

/** Returns the changes for the foreign keys of one table. */
export function planForeignKeys(
  table: TableDifference,
  decisions: TableDecisions,
  { helper }: SchemaTools,
): Change[] {
  const { toTable, fromTable } = table;
  const create = (of: DatabaseTable, key: ForeignKey): string => helper.createForeignKey(of, key);
  const bindsOld = (key: ForeignKey): boolean =>
    bindsOldVersion(table, decisions, key.columnNames) &&
    !Object.values(fromTable.getForeignKeys()).some((old) => isSameReference(old, key, decisions));
  return [
    ...Object.values(table.addedForeignKeys).flatMap((key) =>
      addRule(toTable, key.constraintName, create(toTable, key), bindsOld(key)),
    ),
    ...Object.values(table.removedForeignKeys).map((key): Change => ({
      stage: 'contract',
      rank: 0,
      up: [dropConstraint(toTable.name, key.constraintName)],
      down: restoreConstraint(toTable.name, key.constraintName, create(fromTable, key)),
    })),
    ...Object.values(table.changedForeignKeys).flatMap((key) => {
      const name = key.constraintName;
      const old = fromTable.getForeignKeys()[name] ?? key;
      const isRetyped = key.columnNames.some((column) =>
        table.changedColumns[column]?.changedProperties.has('type'),
      );
      const keys = { next: create(toTable, key), old: create(fromTable, old) };
      return exchange(toTable, name, { ...keys, isWider: !isRetyped && !bindsOld(key) });
    }),
  ];
}

/** What the old version writes keeps a key that it kept before. */
function isSameReference(old: ForeignKey, key: ForeignKey, decisions: TableDecisions): boolean {
  return (
    old.referencedTableName === key.referencedTableName &&
    old.referencedColumnNames.join() === key.referencedColumnNames.join() &&
    old.columnNames.join() === formerNames(key.columnNames, decisions).join()
  );
}

interface Exchange {
  readonly next: string;
  readonly old: string;
  /** Whether what the old version writes is still allowed. */
  readonly isWider: boolean;
}

/** There is no moment without the rule: it is changed in one transaction, and the rows are read in the next. */
function exchange({ name: table }: DatabaseTable, name: string, { next, old, isWider }: Exchange): Change[] {
  const { add, validate } = addOnline(table, name, next);
  const drop = [dropConstraint(table, name)];
  const back = restoreConstraint(table, name, old);
  if (isWider) {
    return [
      { stage: 'expand', rank: 7, up: [...drop, ...add.up], down: [...add.down, ...back] },
      { stage: 'validate', rank: 0, ...validate },
    ];
  }
  // A key between columns of different types cannot be, and a rule about a column that is dropped goes with it.
  return [
    { stage: 'contract', rank: 0, up: drop, down: back },
    { stage: 'contract', rank: 7, ...add },
    { stage: 'contract_validate', rank: 0, ...validate },
  ];
}

/** Whether a check that lists values lists more than before. Of any other nothing is known, and that is taken for less. */
function allowsMore(old: CheckDef, next: CheckDef): boolean {
  const [before, after] = [listOf(old), listOf(next)];
  if (before === undefined || after === undefined || before.subject !== after.subject) return false;
  return [...before.values].every((value) => after.values.has(value));
}

function listOf({ expression }: CheckDef): { subject: string; values: ReadonlySet<string> } | undefined {
  const [, subject, list] = /^(.+?)\s+in\s+\((.*)\)$/is.exec(String(expression)) ?? [];
  if (subject === undefined || list === undefined) return undefined;
  return { subject, values: new Set(list.match(/'(?:[^']|'')*'/g)) };
}
