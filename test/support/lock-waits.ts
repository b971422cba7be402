/** Statements that wait for a lock, and the locks that processes hold accounts with. */

type Query = (sql: string) => Promise<readonly unknown[]>;

/** Returns how many statements wait for a lock in the database that is asked. */
export async function waitingForLocks(query: Query): Promise<number> {
  const waiting = await query(
    `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return waiting.length;
}

/** Ends the connections on which other processes hold their accounts in the database that is asked. */
export async function endAccountLocks(query: Query): Promise<void> {
  await query(`
    select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()
      and database = (select oid from pg_database where datname = current_database())`);
}
