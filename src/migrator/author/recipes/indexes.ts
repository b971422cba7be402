/** Making and dropping indexes while the table is written to. */
import { conventionalName, identifier, identifiers } from '../../run/connect/sql-text.ts';
import { restoreRule } from './restore-rule.ts';
import type { Step } from '../../run/connect/sql-text.ts';

export interface Index {
  readonly table: string;
  /** Names of columns, or expressions as SQL with their order: `{ sql: 'created_at desc' }`. */
  readonly columns: readonly (string | { readonly sql: string })[];
  /** By default that of MikroORM where only columns are named: `orders_account_id_index`. Expressions need one. */
  readonly name?: string;
  readonly isUnique?: boolean;
  /** A part of the rows only, as SQL. */
  readonly where?: string;
}

/**
 * Makes an index. The migration says `static override readonly transactional = false` and has this statement alone.
 * SHARE UPDATE EXCLUSIVE: reads and writes continue; about 1.2 s a million rows, and it waits for every transaction that is
 * older than itself. Repeating it does no harm: what a broken attempt left behind is removed by the migrator first.
 */
export function createIndexConcurrently(index: Index): Step {
  const name = identifier(indexName(index));
  const columns = index.columns.map((each) => (typeof each === 'string' ? identifier(each) : each.sql));
  const create = `create ${index.isUnique === true ? 'unique ' : ''}index concurrently if not exists ${name}`;
  const where = index.where === undefined ? '' : ` where ${index.where}`;
  return {
    up: [`${create} on ${identifier(index.table)} (${columns.join(', ')})${where}`],
    down: [dropConcurrently(indexName(index))],
  };
}

/**
 * Drops an index, which `index` describes so that there is a way back. The migration says
 * `static override readonly transactional = false`. Phase `contract` where a query of an older version needs it.
 * SHARE UPDATE EXCLUSIVE: reads and writes continue; it waits for the transactions that use the index.
 */
export function dropIndexConcurrently(index: Index): Step {
  const { up, down } = createIndexConcurrently(index);
  return { up: down, down: up };
}

export interface UniqueRule {
  readonly table: string;
  readonly columns: readonly string[];
  /** By default that of MikroORM: `users_email_unique`. */
  readonly name?: string;
}

/** The two migrations, in order. */
export interface UniqueSteps {
  readonly index: Step;
  readonly constraint: Step;
}

/**
 * Adds a unique constraint. From the first of its two migrations on doubles are refused; where there are some already it fails, and names one.
 * Both are of phase `contract` on columns that an older version writes, because it may write doubles, and `expand` on new ones that
 * it leaves null. Until the first has run the new version must not rely on it (`on conflict`).
 * `index`, which says `static override readonly transactional = false`: SHARE UPDATE EXCLUSIVE, reads and writes continue; about
 * 0.4 s a million rows. `constraint`: ACCESS EXCLUSIVE on the table for about a millisecond; its `down` makes the index again
 * while writes wait.
 */
export function addUniqueOnline({
  table,
  columns,
  name = conventionalName(table, columns, 'unique'),
}: UniqueRule): UniqueSteps {
  const index = `create unique index ${identifier(name)} on ${identifier(table)} (${identifiers(columns)})`;
  return {
    index: createIndexConcurrently({ table, columns, name, isUnique: true }),
    constraint: constraintOfIndex(table, name, index),
  };
}

/**
 * Makes a unique constraint of the index that has its name. `create` makes the index again, for the way back: the index goes with its
 * constraint, and the step before left one without.
 */
export function constraintOfIndex(table: string, name: string, create: string, defer = ''): Step {
  const alter = `alter table ${identifier(table)}`;
  return {
    up: [`${alter} add constraint ${identifier(name)} unique using index ${identifier(name)}${defer}`],
    // A way back that was taken before may have left the rule off.
    down: [`${alter} drop constraint if exists ${identifier(name)}`, restoreRule(create)],
  };
}

/** Returns the statement that drops an index while others write. */
export function dropConcurrently(name: string): string {
  return `drop index concurrently if exists ${identifier(name)}`;
}

function indexName({ table, columns, name, isUnique }: Index): string {
  if (name !== undefined) return name;
  const plain = columns.filter((each) => typeof each === 'string');
  const hasExpression = plain.length < columns.length;
  // identifier() refuses the empty name with a sentence of its own.
  return hasExpression ? '' : conventionalName(table, plain, isUnique === true ? 'unique' : 'index');
}
