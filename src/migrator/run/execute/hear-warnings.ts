/** What PostgreSQL warns of while a migration runs. Nobody hears it by itself: the driver drops it. */
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

/** Does something, and tells each warning that a connection of the driver gets meanwhile. */
export async function hearWarnings<Result>(
  driver: AbstractSqlDriver,
  tell: (message: string, hint: string | undefined) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const connection = driver.getConnection();
  assert(connection instanceof PostgreSqlConnection, 'the driver is the one for PostgreSQL');
  // The driver's pool, whose types are not installed.
  const pool = (await connection.getNativeClient()) as EventEmitter;
  const heard = new Set<EventEmitter>();
  const onNotice = (notice: Notice): void => {
    if (isWarning(notice)) tell(notice.message ?? '', notice.hint);
  };
  // A connection that is lost meanwhile is replaced by another.
  const onAcquire = (client: EventEmitter): void => {
    if (!heard.has(client)) client.on('notice', onNotice);
    heard.add(client);
  };
  pool.on('acquire', onAcquire);
  try {
    return await work();
  } finally {
    pool.off('acquire', onAcquire);
    for (const client of heard) client.off('notice', onNotice);
  }
}

/** The severity is in the server's language (lc_messages), and the code's class 01 says the same. */
function isWarning({ severity, code }: Notice): boolean {
  return severity === 'WARNING' || code?.startsWith('01') === true;
}
