/** Connecting to look: nothing can be written, and no connection is kept. */
import { connectionOptions } from '../run/connect/connection-options.ts';

/** Returns the options of an ORM that only reads, on one connection. */
export function readerOptions(databaseUrl: string, limits: Readonly<Record<string, string | number>> = {}) {
  return connectionOptions({
    databaseUrl,
    // Not "migrator": anyone who looks for those that wait to migrate must not find us.
    purpose: 'reader',
    poolSize: 1,
    idleTimeoutMs: 0,
    settings: { default_transaction_read_only: 'on', ...limits },
  });
}
