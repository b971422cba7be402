/** Which PostgreSQL process a connection was opened to, as the server said at that moment. */
import { PostgreSqlConnection } from '@mikro-orm/postgresql';
import assert from 'node:assert/strict';
import type { AbstractSqlDriver } from '@mikro-orm/postgresql';

/** What the driver's own pool, whose types are not installed, is asked for. */
interface ClientPool {
  connect(): Promise<{ readonly processID: number; release(): void }>;
}

/**
 * Returns its number. Behind a pooler, in whatever mode, it is made up by the pooler, and not that of the process that runs the
 * statements (`pg_backend_pid()`). For a pool of one connection.
 */
export async function pidAtConnect(driver: AbstractSqlDriver): Promise<number> {
  const connection = driver.getConnection();
  assert(connection instanceof PostgreSqlConnection, 'the driver is the one for PostgreSQL');
  const client = await connection.getNativeClient().then((pool: ClientPool) => pool.connect());
  try {
    return client.processID;
  } finally {
    client.release();
  }
}
