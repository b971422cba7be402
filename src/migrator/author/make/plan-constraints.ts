/** Checks and foreign keys of tables in use: kept by new rows first, read for the old ones in a migration of its own. */
import type {
  CheckDef,
  DatabaseTable,
  ForeignKey,
  SchemaHelper,
  TableDifference,
} from '@mikro-orm/postgresql';
import { identifier } from '../../run/connect/sql-text.ts';
import { mentions } from './mentions.ts';
import type { Change } from './draft.ts';
import type { SchemaTools } from './schema-change.ts';

/** Returns the changes for the checks of one table. */
export function planChecks(table: TableDifference, { helper }: SchemaTools): Change[] {
  const { toTable, fromTable } = table;
  const gone = Object.keys(table.removedColumns);
  return [
    ...Object.values(table.addedChecks).flatMap((check): Change[] => {
      const create = helper.createCheck(toTable, check);
      const down = [drop(toTable, check.name)];
      // An exclusion constraint is an index; PostgreSQL knows no other way than to build it at once.
      if (isExclusion(check)) return [{ stage: 'expand', rank: 6, up: [create], down }];
      // The old version does not know the rule, and may write what breaks it wherever it knows the columns.
      const bindsOld = fromTable.getColumns().some(({ name }) => mentions(String(check.expression), name));
      return [
        { stage: bindsOld ? 'contract' : 'expand', rank: 6, up: [`${create} not valid`], down },
        {
          stage: bindsOld ? 'contract_validate' : 'validate',
          rank: 0,
          up: [validate(toTable, check.name)],
          down: [],
        },
      ];
    }),
    // Without the rule both versions can live; with it the new one might not.
    ...Object.values(table.removedChecks).map((check): Change => {
      const create = helper.createCheck(fromTable, check);
      // What was dropped with a column is not there any more to meet the rule.
      const isOpen = gone.some((column) => mentions(String(check.expression), column));
      return {
        stage: 'expand',
        rank: 1,
        up: [drop(toTable, check.name)],
        down: [isOpen && !isExclusion(check) ? `${create} not valid` : create],
      };
    }),
    ...Object.values(table.changedChecks).flatMap((check) => changeCheck(table, check, helper)),
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
  if (isExclusion(check)) {
    return [
      { stage: 'contract', rank: 0, up: [drop(toTable, name)], down: [spell(old)] },
      { stage: 'contract', rank: 7, up: [spell(check)], down: [drop(toTable, name)] },
    ];
  }
  const isWider = allowsMore(old, check);
  const isOneStep = isWider || allowsMore(check, old) || isExclusion(old);
  if (isOneStep) return exchange(toTable, name, { next: spell(check), old: spell(old), isWider });
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
export function planForeignKeys(table: TableDifference, { helper }: SchemaTools): Change[] {
  const { toTable, fromTable } = table;
  const create = (of: DatabaseTable, key: ForeignKey): string => helper.createForeignKey(of, key);
  return [
    ...Object.values(table.addedForeignKeys).flatMap((key): Change[] => [
      {
        stage: 'expand',
        rank: 7,
        up: [`${create(toTable, key)} not valid`],
        down: [drop(toTable, key.constraintName)],
      },
      { stage: 'validate', rank: 1, up: [validate(toTable, key.constraintName)], down: [] },
    ]),
    ...Object.values(table.removedForeignKeys).map((key): Change => ({
      stage: 'contract',
      rank: 0,
      up: [drop(toTable, key.constraintName)],
      down: [create(fromTable, key)],
    })),
    ...Object.values(table.changedForeignKeys).flatMap((key) => {
      const name = key.constraintName;
      const old = fromTable.getForeignKeys()[name] ?? key;
      const isRetyped = key.columnNames.some((column) =>
        table.changedColumns[column]?.changedProperties.has('type'),
      );
      const keys = { next: create(toTable, key), old: create(fromTable, old) };
      return isRetyped
        ? aroundOthers(toTable, name, keys)
        : exchange(toTable, name, { ...keys, isWider: true });
    }),
  ];
}

interface Exchange {
  readonly next: string;
  readonly old: string;
  /** Whether what the old version writes is still allowed. */
  readonly isWider: boolean;
}

/** There is no moment without the rule: it is changed in one transaction, and the rows are read in the next. */
function exchange(table: DatabaseTable, name: string, { next, old, isWider }: Exchange): Change[] {
  if (!isWider) return aroundOthers(table, name, { next, old });
  return [
    {
      stage: 'expand',
      rank: 7,
      up: [drop(table, name), `${next} not valid`],
      down: [drop(table, name), old],
    },
    { stage: 'validate', rank: 0, up: [validate(table, name)], down: [] },
  ];
}

/** A key between columns of different types cannot be, and a rule about a column that is dropped goes with it. */
function aroundOthers(
  table: DatabaseTable,
  name: string,
  { next, old }: Pick<Exchange, 'next' | 'old'>,
): Change[] {
  return [
    { stage: 'contract', rank: 0, up: [drop(table, name)], down: [old] },
    { stage: 'contract', rank: 7, up: [`${next} not valid`], down: [drop(table, name)] },
    { stage: 'contract_validate', rank: 0, up: [validate(table, name)], down: [] },
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

function isExclusion({ expression }: CheckDef): boolean {
  return /^\s*exclude\b/i.test(String(expression));
}

function drop(table: DatabaseTable, name: string): string {
  return `alter table ${table.getQuotedName()} drop constraint ${identifier(name)}`;
}

function validate(table: DatabaseTable, name: string): string {
  return `alter table ${table.getQuotedName()} validate constraint ${identifier(name)}`;
}
