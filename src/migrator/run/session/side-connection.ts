/**
 * A second connection beside the one that migrates, for what must not wait for it or be rolled back with it: who blocks it,
 * and ending it. It is optional: where it cannot be opened, a run continues without.
 */
import { openBareOrm } from '../connect/plain-connection.ts';

/** What it asks is answered in milliseconds, or not worth waiting for. */
const STATEMENT_TIMEOUT_MS = 3_000;
const LOCK_TIMEOUT_MS = 500;

export interface SideConnection {
  /** Runs one statement; undefined when it failed. */
  query<Row extends object>(sql: string): Promise<Row[] | undefined>;
  close(): Promise<void>;
}

/** Opens it without connecting; the first question does. */
export function openSideConnection(databaseUrl: string): SideConnection {
  const orm = openBareOrm(
    {
      databaseUrl,
      // Not "migrator": that is how those are found that wait to migrate.
      purpose: 'migration-watch',
      settings: { statement_timeout: STATEMENT_TIMEOUT_MS, lock_timeout: LOCK_TIMEOUT_MS },
    },
    // A dropped connection is reported by the query that fails.
    { logger: () => undefined },
  );
  return {
    query: async <Row extends object>(sql: string) => {
      try {
        return await orm.driver.execute<Row[]>(sql);
      } catch {
        // By its contract: the caller continues without an answer.
        return undefined;
      }
    },
    close: () => orm.close(true),
  };
}
