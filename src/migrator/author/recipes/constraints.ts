/** Adding constraints to a table in use: first for new rows, then, in a migration of its own, for those that are there. */
import { conventionalName, identifier, identifiers } from '../../run/connect/sql-text.ts';
import type { Step } from '../../run/connect/sql-text.ts';

/**
 * The two migrations, in order. In one transaction they would hold the strong lock of the first while the second reads
 * all rows. Phase `expand` where old and new versions both keep the rule, otherwise `contract`: a rule about columns that an older
 * version writes is one that it may break.
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
 * `add`: ACCESS EXCLUSIVE on the table for about a millisecond. `validate`: SHARE UPDATE EXCLUSIVE, reads and writes continue;
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
 * Adds a foreign key; its columns need an index of their own (createIndexConcurrently), which comes first.
 * Phase `contract` on columns that an older version writes, `expand` on new ones that it leaves null.
 * `add`: SHARE ROW EXCLUSIVE on both tables for about a millisecond (writes wait, reads do not). `validate`: SHARE UPDATE
 * EXCLUSIVE on the table and ROW SHARE on the other, reads and writes continue; about 0.2 s a million rows.
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
  return addOnline(
    table,
    name,
    `alter table ${identifier(table)} add constraint ${identifier(name)} ${rule}`,
  );
}

/** Adds what a statement would add and read at once. */
export function addOnline(table: string, name: string, create: string): ConstraintSteps {
  return {
    add: { up: [`${create} not valid`], down: [dropConstraint(table, name)] },
    // A validated constraint does no harm; the step before drops it.
    validate: {
      up: [`alter table ${identifier(table)} validate constraint ${identifier(name)}`],
      down: [],
    },
  };
}

/** Returns the statement that drops a constraint. */
export function dropConstraint(table: string, name: string): string {
  return `alter table ${identifier(table)} drop constraint ${identifier(name)}`;
}
