/** Fills the tables of a scratch database with made-up rows that obey its rules, so that statements meet rows and not emptiness. */
import { candidates, hasList, varied } from './sample-values.ts';
import { readTableFacts } from './table-facts.ts';
import type { Query } from '../../run/connect/query.ts';
import type { ColumnFact, TableFacts } from './table-facts.ts';

/**
 * Returns how many rows each table has then; a table whose rules allow no made-up row stays empty. `required` are columns that
 * get a value although they need none, each as `table.column`.
 */
export async function seedRows(
  query: Query,
  rowsPerTable: number,
  required: ReadonlySet<string> = new Set(),
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const facts of await readTableFacts(query)) {
    const isRequired = (column: string): boolean =>
      required.has(`${facts.name.replaceAll('"', '')}.${column}`);
    const columns = facts.columns.map((column) =>
      isRequired(column.name) ? { ...column, is_required: true } : column,
    );
    const table = { ...facts, columns };
    if ((await countRows(query, table.name)) === 0) await fill(query, table, rowsPerTable);
    counts.set(table.name, await countRows(query, table.name));
  }
  await query('analyze');
  return counts;
}

/** Where many rows break a rule that was not understood, one row is better than none. */
async function fill(query: Query, table: TableFacts, rowsPerTable: number): Promise<void> {
  const values = await chooseValues(query, table);
  for (const rows of [rowsPerTable, 1]) {
    const isDone = await query(insertion(table, values, rows)).then(
      () => true,
      () => false,
    );
    if (isDone) return;
  }
}

async function countRows(query: Query, table: string): Promise<number> {
  const [row] = await query<{ count: string }>(`select count(*)::text as count from ${table}`);
  return Number(row?.count ?? 0);
}

/** Lets PostgreSQL choose among the candidates those with which all checks of the table hold. */
async function chooseValues(
  query: Query,
  { columns, checks, foreignKeys }: TableFacts,
): Promise<Map<string, string>> {
  const references = new Set(foreignKeys.flatMap((key) => key.columns));
  const open = columns.filter(({ name, is_made }) => !is_made && !references.has(name));
  const names = new Set(open.map(({ name }) => name));
  const known = checks.filter((check) => check.columns.every((name) => names.has(name)));
  const checked = open.filter(({ name }) => known.some((check) => check.columns.includes(name)));
  const lists = checked.map((column) => candidates(column, known));
  const chosen = await firstFitting(query, {
    checked,
    lists,
    expressions: known.map(({ expression }) => expression),
  });
  const values = new Map<string, string>();
  for (const column of open) {
    const place = checked.indexOf(column);
    const list = lists[place] ?? candidates(column, []);
    const value = list[chosen?.[place] ?? 0];
    if (value !== undefined) values.set(column.name, vary(column, value, hasList(column.name, known)));
  }
  return values;
}

function vary(column: ColumnFact, value: string, isListed: boolean): string {
  const isFree = column.is_in_unique_key && column.default_sql === null && !isListed;
  return isFree ? varied(column, value) : value;
}

interface Puzzle {
  readonly checked: readonly ColumnFact[];
  readonly lists: readonly (readonly string[])[];
  readonly expressions: readonly string[];
}

/** Returns for each column which of its candidates to take; undefined when none fit together. */
async function firstFitting(
  query: Query,
  { checked, lists, expressions }: Puzzle,
): Promise<number[] | undefined> {
  if (checked.length === 0) return undefined;
  const sources = checked.map(({ name }, place) => {
    const rows = (lists[place] ?? []).map((sql, index) => `(${index}, ${sql})`).join(', ');
    return `(values ${rows}) as c${place} (i${place}, "${name}")`;
  });
  const wanted = checked.map((_, place) => `i${place}`).join(', ');
  const rules = expressions.map((expression) => `(${expression}) is not false`).join(' and ');
  const [row] = await query<Record<string, number>>(
    `select array[${wanted}] as places from ${sources.join(', ')} where ${rules} limit 1`,
  ).catch(() => []);
  const places: unknown = row?.['places'];
  return Array.isArray(places) ? places.map(Number) : undefined;
}

/** Each row refers to another row of its parents, so that there is one child a parent where that is the rule. */
function insertion(
  { name, foreignKeys }: TableFacts,
  values: ReadonlyMap<string, string>,
  rows: number,
): string {
  const taken = new Map(values);
  const parents = foreignKeys.map(({ columns, referenced_table, referenced_columns }, index) => {
    columns.forEach((column, place) => taken.set(column, `p${index}."${referenced_columns[place]}"`));
    const numbered = `(select row_number() over () as n, * from ${referenced_table}) p${index}`;
    return ` left join ${numbered} on p${index}.n = 1 + (s.i - 1) % greatest(1, (select count(*) from ${referenced_table}))`;
  });
  const columns = [...taken.keys()].map((column) => `"${column}"`).join(', ');
  return `insert into ${name} (${columns}) select ${[...taken.values()].join(', ')}
    from generate_series(1, ${rows}) as s (i)${parents.join('')}`;
}
