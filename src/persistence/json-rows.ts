/** Rows as one parameter of a statement, however many there are: JSON that PostgreSQL takes apart by the columns of a table. */

type Row = Readonly<Record<string, unknown>>;

/** Half of a pair of UTF-16 units, as `JSON.stringify` spells it. PostgreSQL refuses it in JSON; in plain text the driver replaces it as here. */
const LONE_SURROGATE = /(?<=(?:^|[^\\])(?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** Rows have a value that JSON does not: nothing was sent. */
export class NotJson extends Error {}

/** Returns rows as the parameter; throws {@link NotJson}. */
export function jsonRows(rows: readonly Row[]): string {
  const text = jsonText(rows);
  return text.includes('\\ud') ? text.replaceAll(LONE_SURROGATE, '\uFFFD') : text;
}

function jsonText(rows: readonly Row[]): string {
  try {
    return JSON.stringify(rows);
  } catch (cause) {
    throw new NotJson('Rows cannot be written as JSON.', { cause });
  }
}

/** Returns the columns of rows, which are the same in each. */
export function columnsOf(rows: readonly Row[]): string {
  return Object.keys(rows[0] ?? {}).join(', ');
}

/** Returns what stands after `from`: the rows of a parameter in the columns of a table, numbered by `ordinality` from 1 on. */
export function rowsOfTable(table: string, parameter: string): string {
  return `rows from (json_populate_recordset(null::${table}, ${parameter})) with ordinality`;
}
