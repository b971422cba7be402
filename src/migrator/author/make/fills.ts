/** The values that a person states for rows that have none: `--fill orders.note="'none'"`. */
import type { SchemaDifference, TableDifference } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../../failure.ts';

export interface ColumnFill {
  readonly table: string;
  readonly column: string;
  /** SQL, which may name columns of the row. */
  readonly valueSql: string;
}

/** Returns what was stated. MigratorFailure `command-invalid` for unreadable text, or for a column that needs no value. */
export function resolveFills({ changedTables }: SchemaDifference, stated: readonly string[]): ColumnFill[] {
  const fillable = Object.values(changedTables).flatMap(fillableColumns);
  const fills = stated.map(parseFill);
  for (const { table, column } of fills) {
    const name = `${table}.${column}`;
    if (fillable.includes(name)) continue;
    throw new MigratorFailure(
      'command-invalid',
      `Nothing was written: --fill ${name} is no column that comes or that becomes required. These do: ${fillable.join(', ') || 'none'}.`,
    );
  }
  return fills;
}

function fillableColumns({ name, addedColumns, changedColumns }: TableDifference): string[] {
  const required = Object.values(changedColumns).filter(
    ({ column, changedProperties }) => changedProperties.has('nullable') && column.nullable !== true,
  );
  return [...Object.values(addedColumns), ...required.map(({ column }) => column)].map(
    (column) => `${name}.${column.name}`,
  );
}

function parseFill(text: string): ColumnFill {
  const [, table, column, valueSql] = /^([\w$]+)\.([\w$]+)=([^]*\S[^]*)$/.exec(text) ?? [];
  if (table !== undefined && column !== undefined && valueSql !== undefined)
    return { table, column, valueSql: valueSql.trim() };
  throw new MigratorFailure(
    'command-invalid',
    `--fill was "${text}": table.column=SQL was expected, such as --fill "orders.note='none'".`,
  );
}
