/** Where a session is and as whom. Reads only. */
import assert from 'node:assert/strict';
import type { Query } from '../../run/connect/query.ts';

export interface ServerFacts {
  readonly database: string;
  readonly user: string;
  /** Null over a socket of the same machine. */
  readonly address: string | null;
  readonly port: number | null;
  /** As `180004`. */
  readonly versionNumber: number;
  readonly version: string;
  readonly isInRecovery: boolean;
  readonly isSuperuser: boolean;
  /** Whether the user may make tables, in the schema that unqualified names mean. */
  readonly mayCreate: boolean;
  readonly schema: string | null;
}

/** Asks the server about itself. */
export async function readServerFacts(query: Query): Promise<ServerFacts> {
  const [facts] = await query<ServerFacts>(
    `select current_database() as database, current_user as user, host(inet_server_addr()) as address,
       inet_server_port() as port, current_setting('server_version_num')::int as "versionNumber",
       current_setting('server_version') as version, pg_is_in_recovery() as "isInRecovery",
       current_setting('is_superuser') = 'on' as "isSuperuser", current_schema() as schema,
       coalesce(has_schema_privilege(current_schema(), 'create'), false) as "mayCreate"`,
  );
  assert(facts !== undefined, 'a select without from gives one row');
  return facts;
}

/** Returns where that is, in words, as an address without its password. */
export function placeText({ database, user, address, port }: ServerFacts): string {
  const where = address === null ? 'over the local socket' : `at ${address}:${port}`;
  return `database "${database}" as user "${user}" ${where}`;
}
