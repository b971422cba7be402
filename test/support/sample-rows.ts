/** Puts a row into every table, made from what the database itself says about its columns. */
import type { PlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly is_required: boolean;
  /** The first of the values that a check constraint allows. */
  readonly first_allowed: string | null;
  readonly referenced_table: string | null;
  readonly referenced_column: string | null;
}

/** Columns whose rules a value of their type alone does not meet. A column with a new rule of its own joins this list. */
const VALUES: Readonly<Record<string, string>> = {
  currency: `'USD'`,
  ends_at: `'2026-01-03'`,
  email: `'someone@example.org'`,
};

const BY_TYPE: Readonly<Record<string, string>> = {
  bigint: '1',
  boolean: 'true',
  bytea: `'\\x01'`,
  'double precision': '1',
  inet: `'192.0.2.1'`,
  integer: '1',
  jsonb: `'{}'`,
  numeric: '1',
  smallint: '1',
  text: `'text'`,
  'timestamp with time zone': `'2026-01-02'`,
  uuid: 'gen_random_uuid()',
  'character varying': `'text'`,
};

/** Adds one row to each table that has none, parents first; every foreign key is filled. Returns the names of all tables. */
export async function fillEmptyTables(connection: PlainConnection): Promise<string[]> {
  const tables = await readTables(connection);
  const columns = await readColumns(connection, await emptyOnes(connection, tables));
  for (const [table, ofTable] of inOrder(Map.groupBy(columns, (column) => column.table))) {
    const used = ofTable.filter(
      ({ is_required, referenced_table }) => is_required || referenced_table !== null,
    );
    const names = used.map(({ column }) => `"${column}"`).join(', ');
    const row = used.length === 0 ? 'default values' : `(${names}) values (${used.map(valueFor).join(', ')})`;
    await connection.query(`insert into ${table} ${row}`);
  }
  return tables;
}

const OURS = `relnamespace = 'public'::regnamespace and relkind = 'r'
  and relname not in ('mikro_orm_migrations', 'migration_attempts')`;

async function readTables(connection: PlainConnection): Promise<string[]> {
  const rows = await connection.query(`select relname as name from pg_class where ${OURS} order by relname`);
  return rows.map(({ name }) => String(name));
}

async function emptyOnes(connection: PlainConnection, tables: readonly string[]): Promise<string[]> {
  const questions = tables.map(
    (table) => `select '${table}' as name where not exists (select from ${table})`,
  );
  const rows = questions.length === 0 ? [] : await connection.query(questions.join(' union all '));
  return rows.map(({ name }) => String(name));
}

function valueFor({ column, type, first_allowed, referenced_table, referenced_column }: Column): string {
  if (referenced_table !== null) return `(select "${referenced_column}" from ${referenced_table} limit 1)`;
  if (first_allowed !== null) return `'${first_allowed}'`;
  const value = VALUES[column] ?? BY_TYPE[type];
  if (value === undefined)
    throw new Error(`Say in VALUES or BY_TYPE what to put into ${column} of type ${type}`);
  return value;
}

/** Tables after those they refer to; those that have a row already are not among them. */
function inOrder(byTable: ReadonlyMap<string, Column[]>): [string, Column[]][] {
  const ordered = new Map<string, Column[]>();
  const add = (table: string) => {
    const columns = byTable.get(table);
    if (columns === undefined) return;
    for (const { referenced_table } of columns) {
      if (referenced_table !== null && referenced_table !== table && !ordered.has(referenced_table))
        add(referenced_table);
    }
    ordered.set(table, columns);
  };
  for (const table of byTable.keys()) if (!ordered.has(table)) add(table);
  return [...ordered];
}

/** From the catalogue itself: the views of `information_schema` take several times as long. */
async function readColumns(connection: PlainConnection, tables: readonly string[]): Promise<Column[]> {
  const rows = await connection.query(`
    select t.relname as "table", a.attname as "column", format_type(a.atttypid, null) as type,
      a.attnotnull and not a.atthasdef and a.attidentity = '' as is_required,
      (select substring(pg_get_constraintdef(k.oid) from 'ARRAY\\[''([^'']+)''')
         from pg_constraint k
        where k.contype = 'c' and k.conrelid = t.oid and k.conkey = array[a.attnum]
          and pg_get_constraintdef(k.oid) like '%ARRAY[%' limit 1) as first_allowed,
      f.confrelid::regclass::text as referenced_table,
      (select attname from pg_attribute where attrelid = f.confrelid and attnum = f.confkey[1]) as referenced_column
    from pg_class t
    join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    left join pg_constraint f on f.contype = 'f' and f.conrelid = t.oid and f.conkey = array[a.attnum]
    where ${OURS} and t.relname in (${tables.map((table) => `'${table}'`).join(', ') || 'null'})
    order by t.relname, a.attnum`);
  return rows as unknown as Column[];
}
