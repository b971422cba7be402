/** PostgreSQL's warnings while a migration runs. By default the driver drops them. */
import { PostgreSqlConnection } from '@mikro-orm/postgresql';
import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import type { AbstractSqlDriver } from '@mikro-orm/postgresql';

/** What a server says beside its answers. */
interface Notice {
  readonly severity?: string;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
}

/** Runs something, and reports each warning that a connection of the driver gets meanwhile. */
export async function reportWarnings<Result>(
  driver: AbstractSqlDriver,
  report: (message: string, hint: string | undefined) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const connection = driver.getConnection();
  assert(connection instanceof PostgreSqlConnection, 'the driver is the one for PostgreSQL');
  // The driver's pool, whose types are not installed.
  const pool = (await connection.getNativeClient()) as EventEmitter;
  const watched = new Set<EventEmitter>();
  const onNotice = (notice: Notice): void => {
    if (isWarning(notice)) report(notice.message ?? '', notice.hint);
  };
  // A connection that is lost meanwhile is replaced by another.
  const onAcquire = (client: EventEmitter): void => {
    if (!watched.has(client)) client.on('notice', onNotice);
    watched.add(client);
  };
  pool.on('acquire', onAcquire);
  try {
    return await work();
  } finally {
    pool.off('acquire', onAcquire);
    for (const client of watched) client.off('notice', onNotice);
  }
}

/** The severity is in the server's language (lc_messages), and the code's class 01 says the same. */
function isWarning({ severity, code }: Notice): boolean {
  return severity === 'WARNING' || code?.startsWith('01') === true;
}
