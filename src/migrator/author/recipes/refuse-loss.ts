/** Changing the type of a column without ever losing a part of a value: what does not fit is counted, and stops the migration. */
import { identifier, literal } from '../../run/connect/sql-text.ts';

export interface TypeChange {
  readonly table: string;
  readonly column: string;
  /** The type that it has, as SQL. */
  readonly from: string;
  /** The type that it gets, as SQL. */
  readonly to: string;
  /** The columns that identify an example row. By default `id`. */
  readonly key?: readonly string[];
}

/**
 * Returns the statement that fails where a value does not fit the new type, with the number of such values and the key of one. PostgreSQL
 * itself rounds silently (`numeric`, `timestamptz`), and cuts where a cast is written. It comes in the transaction of the
 * change: ACCESS EXCLUSIVE on the table, which the change takes anyway, for as long as reading all rows takes.
 */
export function refuseLoss(change: TypeChange): string {
  const { table, column, to, key = ['id'] } = change;
  const keys = key.map(identifier).join(', ');
  const name = literal(`${table}.${column}`);
  return `do $refuse$
-- ${identifier(column)} of ${identifier(table)} must fit ${to}
declare
  misfits bigint;
  example text;
begin
  lock table ${identifier(table)} in access exclusive mode;
  select count(*), min(concat_ws(', ', ${keys})) into misfits, example
    from ${identifier(table)} where ${misfit(change)};
  if misfits > 0 then
    raise exception using errcode = 'data_exception',
      message = format('%s of %s %s not fit %s and would be cut or rounded: see the row with (%s) = (%s)',
        case misfits when 1 then '1 value' else misfits || ' values' end, ${name}, case misfits when 1 then 'does' else 'do' end,
        ${literal(to)}, ${literal(key.join(', '))}, example),
      hint = 'Nothing was changed. Make these values fit, or keep the type.';
  end if;
end
$refuse$`;
}

/** Returns the SQL that is true for a value that the new type cannot hold as it is. */
export function misfit({ column, from, to }: Pick<TypeChange, 'column' | 'from' | 'to'>): string {
  const name = identifier(column);
  if (STRING.test(to)) return `cast(${name} as ${to})::text is distinct from ${name}::text`;
  const isOther = `cast(cast(${name} as ${to}) as ${from}) is distinct from ${name}`;
  const text = textForm(name, from, to);
  if (text === undefined) return isOther;
  return `case when pg_input_is_valid(${text}, ${literal(to)}) then ${isOther} else ${name} is not null end`;
}

const NUMBER = /^(?:smallint|int|integer|bigint|int[248]|numeric|decimal|real|double precision|float[48])\b/i;
const STRING = /^(?:varchar|character varying|text)\b/i;

/** How a value is shown as text where casting it may fail, so that what fails is counted too. */
function textForm(name: string, from: string, to: string): string | undefined {
  if (STRING.test(from)) return name;
  if (!NUMBER.test(from) || !NUMBER.test(to)) return undefined;
  // 5.00 is a whole number, and no text of one.
  return `trim_scale(cast(${name} as numeric))::text`;
}

/** Returns the statements that change a type, after looking whether every value fits. */
export function retypeColumn(
  change: TypeChange & { readonly isLossless?: boolean; readonly isCast?: boolean },
): string[] {
  const { table, column, to, isLossless = false, isCast = false } = change;
  const name = identifier(column);
  // Without `using` PostgreSQL takes only casts by which it would also store a value, and these do not cut.
  const using = isCast ? ` using cast(${name} as ${to})` : '';
  const alter = `alter table ${identifier(table)} alter column ${name} type ${to}${using}`;
  return isLossless ? [alter] : [refuseLoss(change), alter];
}
