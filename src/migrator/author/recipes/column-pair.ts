/** Two columns that hold the same value while versions of the server that know one or the other run side by side. */
import { conventionalName, identifier } from '../../run/connect/sql-text.ts';

/** Writes a value of one column as the other's, as SQL: `(value) => \`${value}::bigint\``. */
export type Conversion = (value: string) => string;

export interface ColumnPair {
  readonly table: string;
  readonly oldColumn: string;
  readonly newColumn: string;
  /** From the old column's value to the new one's, and back. */
  readonly forward: Conversion;
  readonly back: Conversion;
}

/**
 * Returns the statements that keep both in step from now on, whichever is written; where a statement writes both, the new one
 * counts. Null in the new column of a row that is added means that its writer does not know the column, so it has no default of its
 * own yet. A conversion that fails is a failed write. The other column is left alone where it says the same already, so a conversion
 * that loses something does not lose it by filling the new column.
 * Lock: SHARE ROW EXCLUSIVE on the table for about a millisecond (writes wait, reads do not).
 */
export function keepInStep(pair: ColumnPair): string[] {
  const { table, oldColumn, newColumn, forward, back } = pair;
  const [oldName, newName] = [identifier(oldColumn), identifier(newColumn)];
  const name = identifier(syncName(pair));
  const takeNew = `if ${forward(`new.${oldName}`)} is distinct from new.${newName} then
      new.${oldName} := ${back(`new.${newName}`)};
    end if;`;
  const takeOld = `new.${newName} := ${forward(`new.${oldName}`)};`;
  return [
    `create function ${name}() returns trigger language plpgsql as $sync$
begin
  if tg_op = 'INSERT' and new.${newName} is null then
    ${takeOld}
  elsif tg_op = 'INSERT' or new.${newName} is distinct from old.${newName} then
    ${takeNew}
  elsif new.${oldName} is distinct from old.${oldName} then
    ${takeOld}
  end if;
  return new;
end
$sync$`,
    `create trigger ${name} before insert or update of ${oldName}, ${newName} on ${identifier(table)} ` +
      `for each row execute function ${name}()`,
  ];
}

/** Returns the statements that end this. Lock: ACCESS EXCLUSIVE on the table for about a millisecond. */
export function endPair(pair: ColumnPair): string[] {
  const name = identifier(syncName(pair));
  return [`drop trigger ${name} on ${identifier(pair.table)}`, `drop function ${name}()`];
}

/**
 * Returns `set` and `where` that fill the new column of rows that were not written since. A value that is there stays, also
 * where it is not what the old column would give: the old type may not hold it.
 */
export function fillNew({ oldColumn, newColumn, forward }: ColumnPair): { set: string; where: string } {
  const [oldValue, newName] = [forward(identifier(oldColumn)), identifier(newColumn)];
  return { set: `${newName} = ${oldValue}`, where: `${newName} is null and ${oldValue} is not null` };
}

/** Returns `set` and `where` that fill the old column from the new one, for a way back. */
export function fillOld(pair: ColumnPair): { set: string; where: string } {
  return fillNew({ ...pair, oldColumn: pair.newColumn, newColumn: pair.oldColumn, forward: pair.back });
}

function syncName({ table, newColumn }: ColumnPair): string {
  return conventionalName(table, [newColumn], 'sync');
}
