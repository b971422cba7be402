/** The connection of one backfill: it holds the backfill's lock and runs its batches, so that both end together. */
import { onPlainConnection, openBareOrm } from '../../run/connect/plain-connection.ts';
import type { Query } from '../../run/connect/query.ts';

/** A batch gives up soon on a row that a trader's request holds: the next request would queue behind the batch. */
const LOCK_TIMEOUT_MS = 250;
/** Fifty times what a batch should take. */
const STATEMENT_TIMEOUT_MS = 5_000;
/** A worker that was suspended gives its lock to others so soon; many times the longest that one that works says nothing, which is 5 s. */
const IDLE_SESSION_TIMEOUT_MS = 60_000;

export interface BackfillConnection extends AsyncDisposable {
  readonly query: Query;
  /** Runs `work` in one transaction on the same connection. */
  transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result>;
  /** Breaks off the statement that runs, if one does; its transaction is rolled back. */
  cancel(backendPid: number): Promise<void>;
}

/** Opens it without connecting; the first statement does. Closing it releases the lock. */
export function openBackfillConnection(databaseUrl: string): BackfillConnection {
  const orm = openBareOrm(
    {
      databaseUrl,
      purpose: 'backfill',
      settings: {
        lock_timeout: LOCK_TIMEOUT_MS,
        statement_timeout: STATEMENT_TIMEOUT_MS,
        idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
        idle_session_timeout: IDLE_SESSION_TIMEOUT_MS,
      },
    },
    // A failure is reported by the worker that runs the backfill.
    { logger: () => undefined },
  );
  const { driver } = orm;
  return {
    query: (sql) => driver.execute(sql),
    transaction: async (work) => {
      // A session that was ended meanwhile is met here: a `begin` that fails keeps its connection, and closing it would never end.
      await driver.execute('select 1');
      return driver
        .getConnection()
        .transactional((transaction) => work((sql) => driver.execute(sql, [], 'all', transaction)));
    },
    cancel: (backendPid) =>
      onPlainConnection(databaseUrl, 'backfill stop', async (query) => {
        await query(`select pg_cancel_backend(${backendPid})`);
      }),
    [Symbol.asyncDispose]: () => orm.close(true),
  };
}
