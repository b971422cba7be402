/** Dropping a column after the last version of the server that knows it. */
import { identifier } from '../../run/connect/sql-text.ts';
import { restoreRule } from './restore-rule.ts';
import type { Step } from '../../run/connect/sql-text.ts';

export interface DroppedColumn {
  readonly table: string;
  readonly column: string;
  /** Its type as SQL, for the way back. */
  readonly type: string;
  /**
   * What the column holds in rows of versions that do not know it: a constant as SQL, which older versions can still read, or
   * `null` where no constant is right. A column that may be null, or has a default, needs nothing: `'nothing'`.
   */
  readonly whenAbsent: { readonly constantSql: string } | 'null' | 'nothing';
}

/** The two migrations: the first comes with the version that no longer writes the column, the second after the one before is gone. */
export interface DropSteps {
  /** Phase `expand`. */
  readonly loosen: Step;
  /** Phase `contract`. */
  readonly contract: Step;
}

/**
 * Drops a column later: first versions that do not know it can add rows, then it is dropped.
 *
 * - `loosen`: ACCESS EXCLUSIVE on the table for about a millisecond. Its `down` after `null` requires the column again where every
 *   row has a value.
 * - `contract`: ACCESS EXCLUSIVE for about a millisecond; the room is given back by later writes. Its `down` brings back the
 *   column, not what was in it.
 */
export function dropColumnLater({ table, column, type, whenAbsent }: DroppedColumn): DropSteps {
  const alter = `alter table ${identifier(table)}`;
  const alterColumn = `${alter} alter column ${identifier(column)}`;
  const drop = `${alter} drop column ${identifier(column)}`;
  const add = `${alter} add column ${identifier(column)} ${type}`;
  if (whenAbsent === 'nothing')
    return { loosen: { up: [], down: [] }, contract: { up: [drop], down: [`${add} null`] } };
  if (whenAbsent === 'null') {
    return {
      loosen: loosenColumn(table, column),
      contract: { up: [drop], down: [`${add} null`] },
    };
  }
  const { constantSql } = whenAbsent;
  return {
    loosen: {
      up: [`${alterColumn} set default ${constantSql}`],
      down: [`${alterColumn} drop default`],
    },
    contract: { up: [drop], down: [`${add} not null default ${constantSql}`] },
  };
}

/** Lets a column be null. Back, it is required again unless rows came without it. */
export function loosenColumn(table: string, column: string): Step {
  const alter = `alter table ${identifier(table)} alter column ${identifier(column)}`;
  return { up: [`${alter} drop not null`], down: [restoreRule(`${alter} set not null`)] };
}
