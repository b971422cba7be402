/** Giving a column of a table in use a value that follows from the row, or is the same for all. */
import { cancelBackfill, finishBackfill, startBackfill, startBackfillAtOnce } from './backfill.ts';
import { conventionalName, identifier } from '../../run/connect/sql-text.ts';
import type { Backfill } from './backfill.ts';
import type { Step } from '../../run/connect/sql-text.ts';

export interface FilledColumn {
  readonly table: string;
  readonly column: string;
  /** The value as SQL, which may name columns of the row: `"first_name" || ' ' || "last_name"`. */
  readonly valueSql: string;
  /** Whether the value names columns, and so must follow when an older version changes them. */
  readonly followsRow?: boolean;
  /** The column along which the backfill goes. By default `id`. */
  readonly key?: string;
}

/** The migrations. Between them the server carries out the backfill, which is called `orders.note` for `note` of `orders`. */
export interface FillSteps {
  /** Phase `expand`, once the column is there. */
  readonly expand: Step;
  /** Phase `data`, where the new version needs the newest rows at once. The backfill does the others. */
  readonly first: Step;
  /** Phase `contract`, with `static override readonly backfills = [name]`, in one with the first step of setNotNullOnline. */
  readonly contract: Step;
}

/**
 * Fills a column where it is null: rows that are there by a backfill, and rows of an older version, which does not know the column, by a
 * trigger until the contract.
 *
 * - `expand`: SHARE ROW EXCLUSIVE on the table for about a millisecond (writes wait, reads do not).
 * - `contract`: reads all rows once for what is still null, then ACCESS EXCLUSIVE for about a millisecond.
 */
export function fillColumnOnline(wanted: FilledColumn): FillSteps {
  const { table, column, valueSql, key } = wanted;
  const name = identifier(column);
  const backfill: Backfill = {
    name: `${table}.${column}`,
    table,
    set: `${name} = ${valueSql}`,
    where: `${name} is null and (${valueSql}) is not null`,
    ...(key !== undefined && { key }),
  };
  const trigger = fillTrigger(wanted);
  return {
    expand: {
      up: [...trigger.up, ...startBackfill(backfill)],
      down: [...cancelBackfill(backfill.name), ...trigger.down],
    },
    first: { up: startBackfillAtOnce(backfill), down: [] },
    contract: { up: [...finishBackfill(backfill), ...trigger.down], down: trigger.up },
  };
}

function fillTrigger({ table, column, valueSql, followsRow = false }: FilledColumn): Step {
  const trigger = identifier(conventionalName(table, [column], 'sync'));
  const [rows, name] = [identifier(table), identifier(column)];
  const valueOf = (row: 'new' | 'old'): string => `(select ${valueSql} from (select ${row}.*) as ${rows})`;
  // Anyone who changes what the value follows from, and leaves the value as it was, does not know it.
  const follow = `
  elsif tg_op = 'UPDATE' then
    if new.${name} is not distinct from old.${name} and ${valueOf('new')} is distinct from ${valueOf('old')} then
      new.${name} := ${valueOf('new')};
    end if;`;
  return {
    up: [
      `create function ${trigger}() returns trigger language plpgsql as $fill$
begin
  if new.${name} is null then
    new.${name} := ${valueOf('new')};${followsRow ? follow : ''}
  end if;
  return new;
end
$fill$`,
      `create trigger ${trigger} before insert or update on ${rows} for each row execute function ${trigger}()`,
    ],
    down: [`drop trigger ${trigger} on ${rows}`, `drop function ${trigger}()`],
  };
}
