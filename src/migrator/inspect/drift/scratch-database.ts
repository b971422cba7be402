/** An empty database beside the others of a server, for a short while: to run migrations or a backup in, and look. */
import { randomBytes } from 'node:crypto';
import { MigratorFailure } from '../../failure.ts';
import { onPlainConnection } from '../../run/connect/plain-connection.ts';
import { withSearchPath } from '../../run/connect/session-options.ts';
import type { PlainConnection } from '../../run/connect/plain-connection.ts';

const PREFIX = 'auto_forex_scratch_';
/** A killed process leaves its database behind. Nothing that is done in one takes this long. */
const LEFT_BEHIND_AFTER = '1 day';

export interface ScratchDatabase {
  readonly url: string;
  readonly name: string;
  /** Removes it, and ends sessions that are still connected. */
  drop(): Promise<void>;
}

/** Makes one on the server behind an address, and removes what killed processes left. MigratorFailure `database-refused` when it cannot. */
export async function createScratchDatabase(serverUrl: string): Promise<ScratchDatabase> {
  const name = await make(serverUrl).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigratorFailure(
      'database-refused',
      `No scratch database can be made: ${reason}. Use a user that may create databases, in MIGRATION_DATABASE_URL.`,
      {},
      { cause },
    );
  });
  return {
    name,
    url: inDatabase(serverUrl, name),
    drop: () =>
      onPlainConnection(serverUrl, 'scratch', async (query) => {
        await query(`drop database if exists ${name} with (force)`);
      }),
  };
}

function make(serverUrl: string): Promise<string> {
  return onPlainConnection(serverUrl, 'scratch', async (query) => {
    await removeLeftBehind(query);
    const [row] = await query(`select to_char(now() at time zone 'UTC', 'YYYYMMDDHH24MISS') as now`);
    const name = `${PREFIX}${String(row?.['now'])}_${randomBytes(4).toString('hex')}`;
    // Not template1: anything added to it would look like ours.
    await query(`create database ${name} template template0`);
    return name;
  });
}

/** Returns the address of another database on the same server, and of the schema that every new one has. */
function inDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = name;
  return withSearchPath(url.href, ['public']);
}

async function removeLeftBehind(query: PlainConnection['query']): Promise<void> {
  const rows = await query(
    `select datname as name from pg_database d
      where datname ~ '^${PREFIX}\\d{14}_' and pg_has_role(datdba, 'usage')
        and not exists (select from pg_stat_activity a where a.datid = d.oid)
        and to_timestamp(substr(datname, ${PREFIX.length + 1}, 14) || '+00', 'YYYYMMDDHH24MISSTZH')
              < now() - interval '${LEFT_BEHIND_AFTER}'`,
  );
  for (const { name } of rows) await query(`drop database if exists ${String(name)}`);
}
