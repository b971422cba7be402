/** Renaming a column, or giving it another type, while old and new versions of the server run side by side. */
import { fillNew, fillOld, keepInStep, endPair } from './column-pair.ts';
import { cancelBackfill, finishBackfill, startBackfill, startBackfillAtOnce } from './backfill.ts';
import { refuseLoss } from './refuse-loss.ts';
import { restoreRule } from './restore-rule.ts';
import { identifier } from '../../run/connect/sql-text.ts';
import type { Backfill } from './backfill.ts';
import type { ColumnPair, Conversion } from './column-pair.ts';
import type { Step } from '../../run/connect/sql-text.ts';

/** The migrations. Between them the server carries out the backfill. */
export interface ReplaceSteps {
  /** Phase `expand`. */
  readonly expand: Step;
  /** Phase `data`, where the new version needs the newest rows at once. The backfill does the others. */
  readonly first: Step;
  /**
   * For a column that is to be required, in one migration with the first step of setNotNullOnline on the new column: phase
   * `contract`, with `static override readonly backfills = [name]`. After the backfill it finds nothing to do; on a new database,
   * where all migrations run in one breath, it does what no backfill had time for.
   */
  readonly fill: Step;
  /** Phase `contract`, with `static override readonly backfills = [name]`. */
  readonly contract: Step;
}

/** A column as it is now. */
interface ReplacedColumn {
  readonly table: string;
  readonly column: string;
  /** Its type as SQL. */
  readonly type: string;
  readonly isRequired?: boolean;
  /** Its default as SQL, which the new column gets when the old one goes. Of another type it is `newDefaultSql`. */
  readonly defaultSql?: string;
  /** The column along which the backfill goes. By default `id`. */
  readonly key?: string;
}

export interface RenamedColumn extends ReplacedColumn {
  readonly newName: string;
}

/**
 * Renames a column by adding another that a trigger keeps in step with it, filling that in small batches, and dropping the
 * old one when no version is left that knows it. Until the backfill is done, a version that reads the new column takes the
 * old one where it is null. Indexes and constraints of the new column are made by their own recipes in between; those of the
 * old one go with it, so an index is dropped by its recipe before, where there is to be a way back.
 *
 * - `expand`: ACCESS EXCLUSIVE on the table for a few milliseconds. From then on each write of either column costs a trigger.
 * - `contract`: reads all rows once for what the backfill has missed (about 0.1 s a million rows, others continue), then ACCESS
 *   EXCLUSIVE for a few milliseconds. Its `down` fills the old column in one statement and holds all rows meanwhile.
 */
export function renameColumnOnline({ newName, ...column }: RenamedColumn): ReplaceSteps {
  return replaceColumn({ ...column, newName, newType: column.type, forward: asItIs, back: asItIs });
}

const asItIs: Conversion = (value) => value;

export interface RetypedColumn extends ReplacedColumn {
  readonly newType: string;
  /** The new default as SQL; without it that of before, if there was one. */
  readonly newDefaultSql?: string;
  /** Whether every value fits the new type, so that the contract need not look. */
  readonly isLossless?: boolean;
  /** From old to new and back; by default casts. A value that does not fit fails the write that made it, or stops the contract. */
  readonly forward?: Conversion;
  readonly back?: Conversion;
}

/**
 * Gives a column another type without rewriting the table under a lock: as renameColumnOnline, with the new values in
 * `<column>_next` until the contract drops the old column and gives its name to the new one. The version that has the contract
 * must read and write both types, because it runs before and after. Types that cannot be compared (`json`) are not possible.
 * Locks as renameColumnOnline. Indexes and constraints are made on `<column>_next` in between.
 */
export function changeTypeOnline(wanted: RetypedColumn): ReplaceSteps {
  const { table, column, type, newType, key = 'id' } = wanted;
  const newName = `${column}_next`;
  // What a cast cuts or rounds in the new column must not be all that is left. A conversion of one's own is meant as it is.
  const guard = (from: string, to: string, name: string): string =>
    refuseLoss({ table, column: name, from, to, key: [key] });
  const isOwn = wanted.forward !== undefined || wanted.back !== undefined;
  const casts = {
    forward: (value: string) => `cast(${value} as ${newType})`,
    back: (value: string) => `cast(${value} as ${type})`,
  };
  const { contract, ...steps } = replaceColumn({ ...casts, ...wanted, newName });
  const rename = (from: string, to: string): string =>
    `alter table ${identifier(table)} rename column ${identifier(from)} to ${identifier(to)}`;
  return {
    ...steps,
    contract: {
      up: [
        ...(isOwn || wanted.isLossless === true ? [] : [guard(type, newType, column)]),
        ...contract.up,
        rename(newName, column),
      ],
      down: [...(isOwn ? [] : [guard(newType, type, column)]), rename(column, newName), ...contract.down],
    },
  };
}

type Replacement = ReplacedColumn &
  Pick<RetypedColumn, 'newType' | 'newDefaultSql'> & {
    readonly newName: string;
    readonly forward: Conversion;
    readonly back: Conversion;
  };

function replaceColumn(wanted: Replacement): ReplaceSteps {
  const { table, column, newName, newType, key } = wanted;
  const pair: ColumnPair = { ...wanted, oldColumn: column, newColumn: newName };
  const backfill: Backfill = {
    name: `${table}.${newName}`,
    table,
    ...fillNew(pair),
    ...(key !== undefined && { key }),
  };
  const alter = `alter table ${identifier(table)}`;
  return {
    expand: {
      up: [
        `${alter} add column ${identifier(newName)} ${newType} null`,
        ...keepInStep(pair),
        ...startBackfill(backfill),
      ],
      down: [
        ...cancelBackfill(backfill.name),
        ...endPair(pair),
        `${alter} drop column ${identifier(newName)}`,
      ],
    },
    first: { up: startBackfillAtOnce(backfill), down: [] },
    fill: { up: finishBackfill(backfill), down: [] },
    contract: {
      up: [
        ...finishBackfill(backfill),
        ...endPair(pair),
        ...moveDefault(wanted),
        `${alter} drop column ${identifier(column)}`,
      ],
      down: bringBack(wanted, pair),
    },
  };
}

/** While both are there only the old one may have a default: the new one's would look like a written value. */
function moveDefault({ table, newName, defaultSql, newDefaultSql = defaultSql }: Replacement): string[] {
  if (newDefaultSql === undefined) return [];
  return [
    `alter table ${identifier(table)} alter column ${identifier(newName)} set default ${newDefaultSql}`,
  ];
}

function bringBack(wanted: Replacement, pair: ColumnPair): string[] {
  const { table, column, newName, type, isRequired, defaultSql, newDefaultSql } = wanted;
  const alter = `alter table ${identifier(table)}`;
  const hadDefault = defaultSql !== undefined || newDefaultSql !== undefined;
  const fill = fillOld(pair);
  return [
    `${alter} add column ${identifier(column)} ${type} null`,
    ...(hadDefault ? [`${alter} alter column ${identifier(newName)} drop default`] : []),
    `update ${identifier(table)} set ${fill.set} where ${fill.where}`,
    ...keepInStep(pair),
    ...(defaultSql === undefined
      ? []
      : [`${alter} alter column ${identifier(column)} set default ${defaultSql}`]),
    ...(isRequired === true ? [restoreRule(`${alter} alter column ${identifier(column)} set not null`)] : []),
  ];
}
