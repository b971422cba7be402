/** Adding constraints to a table in use: first for new rows, then, in a migration of its own, for those that are there. */
import { conventionalName, identifier, identifiers } from '../../run/connect/sql-text.ts';
import type { Step } from '../../run/connect/sql-text.ts';

/**
 * The two migrations, in order. In one transaction they would hold the strong lock of the first while the second reads
 * all rows. Phase `expand` where old and new versions both keep the rule, otherwise `contract`.
 */
export interface ConstraintSteps {
  readonly add: Step;
  readonly validate: Step;
}

export interface CheckRule {
  readonly table: string;
  readonly name: string;
  /** What must hold, as SQL. */
  readonly check: string;
}

/**
 * Adds a check.
 * `add`: ACCESS EXCLUSIVE on the table for about a millisecond. `validate`: SHARE UPDATE EXCLUSIVE, reads and writes go on;
 * about 0.1 s a million rows.
 */
export function addCheckOnline({ table, name, check }: CheckRule): ConstraintSteps {
  return addThenValidate(table, name, `check (${check})`);
}

export interface ForeignKey {
  readonly table: string;
  readonly columns: readonly string[];
  readonly referencedTable: string;
  readonly referencedColumns: readonly string[];
  /** What happens to these rows when the one they refer to goes. Stated, because the default surprises. */
  readonly onDelete: 'cascade' | 'restrict' | 'set null' | 'no action';
  /** By default that of MikroORM: `orders_account_id_foreign`. */
  readonly name?: string;
}

/**
 * Adds a foreign key; its columns want an index of their own (createIndexConcurrently), which comes first.
 * `add`: SHARE ROW EXCLUSIVE on both tables for about a millisecond (writes wait, reads do not). `validate`: SHARE UPDATE
 * EXCLUSIVE on the table and ROW SHARE on the other, reads and writes go on; about 0.2 s a million rows.
 */
export function addForeignKeyOnline({
  table,
  columns,
  referencedTable,
  referencedColumns,
  onDelete,
  name = conventionalName(table, columns, 'foreign'),
}: ForeignKey): ConstraintSteps {
  const to = `${identifier(referencedTable)} (${identifiers(referencedColumns)})`;
  return addThenValidate(
    table,
    name,
    `foreign key (${identifiers(columns)}) references ${to} on delete ${onDelete}`,
  );
}

function addThenValidate(table: string, name: string, rule: string): ConstraintSteps {
  const alter = `alter table ${identifier(table)}`;
  return {
    add: {
      up: [`${alter} add constraint ${identifier(name)} ${rule} not valid`],
      down: [`${alter} drop constraint ${identifier(name)}`],
    },
    // Nobody is worse off with a constraint that was read; the step before takes it away.
    validate: { up: [`${alter} validate constraint ${identifier(name)}`], down: [] },
  };
}
