/** Reads what a plan must know of a database: its schema, and how many rows its tables may have. Only catalogues are read. */
import { MigratorFailure } from '../failure.ts';
import { sqlStateOf } from '../run/execute/migration-failure.ts';
import { KnownSchema } from './sql/known-schema.ts';
import { readStatements } from './sql/read-statements.ts';
import type { Query } from '../run/connect/query.ts';

export interface DatabaseFacts {
  readonly schema: KnownSchema;
  /** As PostgreSQL last estimated; a table that was never looked at is not among them. */
  readonly rowCounts: ReadonlyMap<string, number>;
  /** Whether sessions count time in UTC. */
  readonly isUtc: boolean;
  /** Built-in functions by whether their value may differ from row to row; all others are user code. */
  readonly isVolatileByFunction: ReadonlyMap<string, boolean>;
}

/** MigratorFailure `database-refused` where a lock on a table is so strong that PostgreSQL does not even describe the table. */
export async function readDatabaseFacts(query: Query): Promise<DatabaseFacts> {
  try {
    return await readFacts(query);
  } catch (error) {
    if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
    throw new MigratorFailure(
      'database-refused',
      'The tables cannot be read: another session has locked one exclusively, as a migration does. Nothing was run. See which with "manage db doctor --locks", and plan again afterwards.',
      {},
      { cause: error },
    );
  }
}

const LOCK_NOT_AVAILABLE = '55P03';

async function readFacts(query: Query): Promise<DatabaseFacts> {
  const counts = await query<{ name: string; rows: number }>(ROW_COUNTS);
  const described = await query<{ sql: string }>(`${TABLES} union all ${CONSTRAINTS} union all ${INDEXES}`);
  const functions = await query<{ name: string; is_volatile: boolean }>(FUNCTIONS);
  const [server] = await query<{ zone: string }>(`select current_setting('TimeZone') as zone`);
  const schema = new KnownSchema();
  for (const statement of await readStatements(described.map(({ sql }) => sql))) schema.apply(statement);
  return {
    schema,
    rowCounts: new Map(counts.map(({ name, rows }) => [name, rows])),
    isUtc: /^(?:Etc\/)?(?:UTC|GMT|UCT)$/i.test(server?.zone ?? ''),
    isVolatileByFunction: new Map(functions.map(({ name, is_volatile: isVolatile }) => [name, isVolatile])),
  };
}

const FROM_OURS = `from pg_class c join pg_namespace n on n.oid = c.relnamespace
  and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'`;

const ROW_COUNTS = `
  select c.relname::text as name, c.reltuples::float8 as rows ${FROM_OURS} where c.relkind in ('r', 'm') and c.reltuples >= 0`;

/** The schema is written as SQL, so that the reader of migrations reads it too. */
const TABLES = `
  select format('create table %I (%s)', c.relname, string_agg(format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attnotnull then ' not null' end), ', '))
      || case when c.relkind = 'p' then ' partition by range (any_column)' else '' end as sql
    ${FROM_OURS} join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind in ('r', 'p', 'm') group by c.oid, c.relname, c.relkind`;

const CONSTRAINTS = `
  select format('alter table %I add constraint %I %s', c.relname, k.conname, pg_get_constraintdef(k.oid))
    ${FROM_OURS} join pg_constraint k on k.conrelid = c.oid and k.contype in ('c', 'f', 'p', 'u', 'x')`;

const INDEXES = `
  select pg_get_indexdef(i.indexrelid) ${FROM_OURS} join pg_index i on i.indrelid = c.oid`;

const FUNCTIONS = `
  select proname::text as name, bool_or(provolatile = 'v') as is_volatile
    from pg_proc where pronamespace = 'pg_catalog'::regnamespace group by proname`;
