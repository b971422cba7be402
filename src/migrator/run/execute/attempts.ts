/**
 * Every attempt to migrate, those that failed too: the table `migration_attempts`. It is written on another connection,
 * so that a rollback does not lose it, and failing to write it never fails a migration.
 */
import { hostname, userInfo } from 'node:os';
import { messageOf, sqlStateOf } from './migration-failure.ts';
import { identifier, literal } from '../connect/sql-text.ts';
import type { MigratorLog } from '../migrator-settings.ts';
import type { Query } from '../connect/query.ts';
import type { SideConnection } from '../session/side-connection.ts';

/** The machine, or the container. */
export const HOST = hostname();

/** The user of the operating system; a container's user may have no name. */
export function osUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/** The name of the table. It belongs to the migrator and not to the records: what compares schemas leaves it out. */
export const ATTEMPTS_TABLE = 'migration_attempts';

/** `lost`: its process was killed. `retried`: it was rolled back for others and tried again. */
export type AttemptOutcome = 'applied' | 'reverted' | 'retried' | 'failed' | 'cancelled' | 'lost';

export interface Attempt {
  end(
    outcome: AttemptOutcome,
    failure?: { readonly cause: unknown; readonly statement: string | undefined },
  ): Promise<void>;
}

/** Longer texts do not help. */
const TEXT_LENGTH = 2_000;

/**
 * Makes the table, and closes the attempts of processes that were killed. Called under the lock, so none of them still
 * runs.
 */
export async function prepareAttempts(query: Query, schema: string, log: MigratorLog): Promise<void> {
  try {
    await makeTable(query, schema);
    await query(
      `update ${attemptsTable(schema)} set ended_at = clock_timestamp(), outcome = 'lost' where outcome is null`,
    );
  } catch (error) {
    log.warn({ table: ATTEMPTS_TABLE, reason: String(error) }, 'attempts to migrate cannot be recorded');
  }
}

async function makeTable(query: Query, schema: string): Promise<void> {
  const table = attemptsTable(schema);
  const [found] = await query<{ table: string | null }>(
    `select to_regclass(${literal(table)})::text as "table"`,
  );
  if (found?.table !== null) return;
  await query(
    `create table if not exists ${table} (id bigint generated always as identity primary key, name varchar(255) not null,
         direction varchar(16) not null, started_at timestamptz(3) not null default clock_timestamp(), ended_at timestamptz(3),
         outcome varchar(16), error text, sqlstate varchar(5), statement text, host varchar(255), backend_pid integer)`,
  );
}

/**
 * Whether the last attempt may have done it all but for recording it: its process was killed, its connection was cut, or no
 * statement of it failed, but what came after. Read on the migrator's own connection.
 */
export async function wasCutOff(
  query: Query,
  schema: string,
  name: string,
  direction: 'up' | 'down',
): Promise<boolean> {
  const account = query<{ is_unclear: boolean }>(
    `select outcome not in ('applied', 'reverted') and (outcome = 'lost' or statement is null
              or (outcome = 'failed' and (sqlstate is null or sqlstate ~ '^(57P|08)'))) as is_unclear
       from ${attemptsTable(schema)}
      where name = ${literal(name)} and direction = ${literal(direction)} and ended_at is not null
      order by id desc limit 1`,
  );
  // Without this table nothing is known of a last attempt, and PostgreSQL itself refuses what exists already.
  const [last] = await account.catch(() => []);
  return last?.is_unclear === true;
}

/** Notes that an attempt begins. */
export async function beginAttempt(
  side: SideConnection,
  schema: string,
  {
    name,
    direction,
    pid,
  }: { readonly name: string; readonly direction: 'up' | 'down'; readonly pid: number },
): Promise<Attempt> {
  const table = attemptsTable(schema);
  const rows = await side.query<{ id: number }>(
    `insert into ${table} (name, direction, host, backend_pid) values (?, ?, ?, ?) returning id`,
    [name, direction, HOST, pid],
  );
  const id = rows?.[0]?.id;
  return {
    end: async (outcome, failure) => {
      if (id === undefined) return;
      await side.query(
        `update ${table} set ended_at = clock_timestamp(), outcome = ?, error = ?, sqlstate = ?, statement = ? where id = ?`,
        [
          outcome,
          failure === undefined ? null : messageOf(failure.cause).slice(0, TEXT_LENGTH),
          sqlStateOf(failure?.cause) ?? null,
          failure?.statement?.slice(0, TEXT_LENGTH) ?? null,
          id,
        ],
      );
    },
  };
}

/** The table's whole name: a migration may have changed where names are looked up. */
function attemptsTable(schema: string): string {
  return `${identifier(schema)}.${identifier(ATTEMPTS_TABLE)}`;
}
