/** What is left behind in a schema when something was cut short: indexes that are not used, constraints not proven. Reads only. */
import type { Query } from '../../run/connect/query.ts';

export interface InvalidIndex {
  readonly index: string;
  readonly table: string;
  /** Whether a session is building it right now, so that it may still become valid. */
  readonly isBeingBuilt: boolean;
}

/** Indexes that a `create index concurrently` began and did not finish: every write pays for them, no read uses them. */
export async function readInvalidIndexes(query: Query): Promise<InvalidIndex[]> {
  return query<InvalidIndex>(
    `select i.indexrelid::regclass::text as index, i.indrelid::regclass::text as table,
       -- Without the right to look at another's session the view says that something is built, and not what.
       exists (select from pg_stat_progress_create_index p
                where p.index_relid = i.indexrelid or p.index_relid is null) as "isBeingBuilt"
     from pg_index i join pg_class c on c.oid = i.indexrelid
     where not i.indisvalid and ${isOurs('c')} order by 1`,
  );
}

export interface UnvalidatedConstraint {
  readonly constraint: string;
  readonly table: string;
}

/** Constraints that new rows must meet and old rows may not: their `validate constraint` has not run. */
export async function readUnvalidatedConstraints(query: Query): Promise<UnvalidatedConstraint[]> {
  return query<UnvalidatedConstraint>(
    `select k.conname as constraint, k.conrelid::regclass::text as table
     from pg_constraint k join pg_class c on c.oid = k.conrelid
     where not k.convalidated and ${isOurs('c')} order by 2, 1`,
  );
}

export interface ForeignTable {
  readonly table: string;
  readonly owner: string;
}

/** Tables that this user may read and not change, because they belong to a role that it is no member of. */
export async function readTablesOfOthers(query: Query): Promise<ForeignTable[]> {
  return query<ForeignTable>(
    `select c.oid::regclass::text as table, pg_get_userbyid(c.relowner) as owner from pg_class c
     where c.relkind in ('r', 'p') and ${isOurs('c')} and not pg_has_role(c.relowner, 'usage') order by 1`,
  );
}

/** Tables without a primary key: their rows cannot be told apart, and replication refuses to change them. */
export async function readTablesWithoutKey(query: Query): Promise<string[]> {
  const rows = await query<{ table: string }>(
    `select c.oid::regclass::text as table from pg_class c
     where c.relkind in ('r', 'p') and ${isOurs('c')}
       and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p') order by 1`,
  );
  return rows.map(({ table }) => table);
}

/** Not PostgreSQL's own, and not an extension's or a session's. */
function isOurs(alias: string): string {
  return `${alias}.relnamespace not in (select oid from pg_namespace where nspname like 'pg\\_%' or nspname = 'information_schema')
    and not exists (select from pg_depend e where e.objid = ${alias}.oid and e.deptype = 'e')`;
}
