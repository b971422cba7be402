/** Values that a column may hold, as SQL, and how one of them is made different in each row. */
import type { CheckFact, ColumnFact } from './table-facts.ts';

/** Of other types there is only null. By the name of the type, else by the letter of its category. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  uuid: ['gen_random_uuid()'],
  json: [`'{}'`],
  jsonb: [`'{}'`],
  bytea: [`'\\x01'`],
  xid8: [`'1'`],
  B: ['true', 'false'],
  N: ['1', '0', '2', '100', '0.5', '-1'],
  S: [`'text'`, `'TEXT'`, `'1'`, `'someone@example.org'`, `''`],
  D: [`'2026-01-02'`, `'2026-01-03'`],
  T: [`'1 day'`],
  I: [`'192.0.2.1'`],
  A: [`'{}'`],
  R: [`'empty'`],
};

/** Returns values to try, the likeliest first: those that the checks themselves name come before made-up ones. */
export function candidates(column: ColumnFact, checks: readonly CheckFact[]): string[] {
  const { name, type, base_type, category, length, enum_labels, is_required, default_sql } = column;
  const named = checks.filter(({ columns }) => columns.includes(name)).flatMap(literalsOf);
  const isNamed = category === 'S' || category === 'N';
  const made = VALUES[base_type] ?? (enum_labels?.map(quoted) || VALUES[category]) ?? [];
  const fitting = [...(isNamed ? named : []), ...made].filter((sql) => category !== 'N' || isNumber(sql));
  const cut = (sql: string): string => (length === null ? sql : `left(${sql}, ${length})`);
  return [
    ...(default_sql === null ? [] : [default_sql]),
    ...(is_required ? [] : ['null']),
    ...new Set(fitting.map(cut)),
  ].map((sql) => `(${sql})::${type}`);
}

/** Returns the value made another one in each row `i`, for columns that a unique key has. */
export function varied({ base_type, category, length, type }: ColumnFact, sql: string): string {
  if (category === 'N') return `(${sql} + s.i - 1)::${type}`;
  if (category === 'I') return `(${sql} + s.i)::${type}`;
  if (category === 'D') return base_type === 'date' ? `${sql} + s.i` : `${sql} + s.i * interval '1 minute'`;
  if (category !== 'S') return sql;
  const digits = 's.i::text';
  const start = length === null ? sql : `left(${sql}, greatest(0, ${length} - length(${digits})))`;
  return `(${start} || ${digits})::${type}`;
}

/** Whether a check lists the values of a column, so that no other will do. */
export function hasList(name: string, checks: readonly CheckFact[]): boolean {
  return checks.some(({ columns, expression }) => columns.includes(name) && expression.includes('ARRAY['));
}

function literalsOf({ expression }: CheckFact): string[] {
  const strings = expression.match(/'(?:[^']|'')*'/g) ?? [];
  const numbers = (expression.match(/\b\d+(?:\.\d+)?\b/g) ?? []).map(Number);
  // A limit itself may be allowed or not; beside it one side is.
  return [
    ...strings,
    ...numbers
      .flatMap((limit) => [limit, limit + 1, limit - 1])
      .map(String)
      .map(quoted),
  ];
}

function isNumber(sql: string): boolean {
  return /^'?-?\d+(?:\.\d+)?'?$/.test(sql);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
