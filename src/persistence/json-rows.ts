/** Rows as one parameter of a statement, however many there are: JSON that PostgreSQL takes apart by the columns of a table. */

type Row = Readonly<Record<string, unknown>>;

/** Half of a pair of UTF-16 units, as `JSON.stringify` spells it. PostgreSQL refuses it in JSON; in plain text the driver replaces it as here. */
const LONE_SURROGATE = /(?<=(?:^|[^\\])(?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** Returns rows as the parameter. */
export function jsonRows(rows: readonly Row[]): string {
  const text = JSON.stringify(rows);
  return text.includes('\\ud') ? text.replaceAll(LONE_SURROGATE, '\uFFFD') : text;
}

/** Returns the columns of rows, which are the same in each. */
export function columnsOf(rows: readonly Row[]): string {
  return Object.keys(rows[0] ?? {}).join(', ');
}

/** Returns what stands after `from`: the rows of a parameter in the columns of a table, numbered by `ordinality` from 1 on. */
export function rowsOfTable(table: string, parameter: string): string {
  return `rows from (json_populate_recordset(null::${table}, ${parameter})) with ordinality`;
}
