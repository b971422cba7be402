/** What belongs to the migrations: tables that an older database lacks or a role may not see, and interrupted work. Reads only. */
import { INSUFFICIENT_PRIVILEGE, UNDEFINED_TABLE } from '../../run/connect/sql-states.ts';
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import type { Query } from '../../run/connect/query.ts';

/** Does work that only asks; `absent` when there is no such table, `hidden` when the user lacks the right to read it. */
export async function orWhyNot<Result>(work: () => Promise<Result>): Promise<Result | 'absent' | 'hidden'> {
  try {
    return await work();
  } catch (error) {
    const sqlState = sqlStateOf(error);
    if (sqlState === UNDEFINED_TABLE) return 'absent';
    if (sqlState === INSUFFICIENT_PRIVILEGE) return 'hidden';
    throw error;
  }
}

export interface InvalidIndex {
  readonly index: string;
  readonly table: string;
  /** Whether a session is building it right now, so that it may still become valid. */
  readonly isBeingBuilt: boolean;
}

/** Indexes that a `create index concurrently` began and did not finish: every write pays for them, no read uses them. */
export function readInvalidIndexes(query: Query): Promise<InvalidIndex[]> {
  return query<InvalidIndex>(
    `select i.indexrelid::regclass::text as index, i.indrelid::regclass::text as table,
       -- Without the right to look at another's session the view says that something is built, and not what.
       exists (select from pg_stat_progress_create_index p
                where p.index_relid = i.indexrelid or p.index_relid is null) as "isBeingBuilt"
     from pg_index i where not i.indisvalid and i.indrelid::regclass::text not like 'pg_toast.%' order by 1`,
  );
}

/** Returns what an invalid index is and what to do. */
export function invalidIndexText({ index, table, isBeingBuilt }: InvalidIndex): string {
  return `${index} on ${table}: ${isBeingBuilt ? 'is being built' : `half-built; drop index concurrently ${index}, then build it again`}`;
}

export interface ServerFacts {
  readonly database: string;
  readonly user: string;
  readonly version: string;
  readonly schema: string | null;
  /** Whether the user may make tables, in the schema that unqualified names mean. */
  readonly mayCreate: boolean;
  /** Tables that the user may not change, because they belong to a role that it is no member of. */
  readonly tablesOfOthers: readonly string[];
}

/** Asks the server for the session's address, database and user. */
export async function readServerFacts(query: Query): Promise<ServerFacts | undefined> {
  const [facts] = await query<ServerFacts>(
    `select current_database() as database, current_user as user, current_setting('server_version') as version,
       current_schema() as schema, coalesce(has_schema_privilege(current_schema(), 'create'), false) as "mayCreate",
       coalesce((select json_agg(c.relname || ' (of ' || pg_get_userbyid(c.relowner) || ')' order by c.relname) from pg_class c
         where c.relkind in ('r', 'p') and c.relnamespace = (select oid from pg_namespace where nspname = current_schema())
           and not pg_has_role(c.relowner, 'usage')), '[]') as "tablesOfOthers"`,
  );
  return facts;
}
