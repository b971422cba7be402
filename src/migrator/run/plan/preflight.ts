/** Whether this server can be migrated through this connection. Asked only when there is something to do. */
import { MigratorFailure } from '../../failure.ts';
import type { Query } from '../connect/query.ts';

/** The oldest version whose statements the migrations and their recipes may use. */
const OLDEST_VERSION = 16;
interface Server {
  readonly version: number;
  readonly version_text: string;
  readonly is_standby: boolean;
  readonly pid: number;
}

/** What is looked at. */
export interface Preflight {
  readonly query: Query;
  /** The process that the server named when the connection was opened. */
  readonly pidAtConnect: () => Promise<number>;
}

/** Throws `database-refused` for a server that is too old, a standby, or one behind a pooler. */
export async function preflight({ query, pidAtConnect }: Preflight): Promise<void> {
  const [server] = await query<Server>(
    `select current_setting('server_version_num')::int / 10000 as version, current_setting('server_version') as version_text,
            pg_is_in_recovery() as is_standby, pg_backend_pid() as pid`,
  );
  if (server === undefined) throw refusal('it does not report its version');
  const { version, version_text, is_standby, pid } = server;
  if (version < OLDEST_VERSION)
    throw refusal(`it is PostgreSQL ${version_text}, and ${OLDEST_VERSION} or newer is needed`);
  if (is_standby)
    throw refusal(
      'it is a standby, which cannot be changed. Give MIGRATION_DATABASE_URL the address of the primary server',
    );
  if (pid === (await pidAtConnect())) return;
  throw refusal(
    'it is reached through a pooler, which may hand each statement to another process and so lose the migration lock and the settings ' +
      'of the session. Give MIGRATION_DATABASE_URL an address that leads to PostgreSQL itself',
  );
}

function refusal(why: string): MigratorFailure {
  return new MigratorFailure(
    'database-refused',
    `This database cannot be migrated: ${why}. Nothing was done.`,
  );
}
