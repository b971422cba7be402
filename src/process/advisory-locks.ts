/** Which process works on what: session locks in PostgreSQL, on one connection of their own. */

import { assert } from '../core/shared/assert.ts';
import { openPlainConnection } from '../migrator/index.ts';
import type { PlainConnection } from '../migrator/index.ts';

/** How long is waited for a connection to be gone that was ended. */
const TERMINATION_WAITS_MS = 1_000;

export interface AdvisoryLocksParts {
  readonly databaseUrl: string;
  /** The first key of each lock, a 32-bit number; the second is a hash of the id. */
  readonly key: number;
  /** How the connection is named in PostgreSQL's views. */
  readonly purpose: string;
}

/**
 * Locks on things that have a UUID. When the connection ends, because the process or the network failed, PostgreSQL frees the
 * locks and another process may take them.
 */
export class AdvisoryLocks {
  readonly #connection: PlainConnection;
  readonly #key: number;
  #backendPid: unknown;

  constructor({ databaseUrl, key, purpose }: AdvisoryLocksParts) {
    this.#connection = openPlainConnection(databaseUrl, purpose);
    this.#key = key;
  }

  /** Takes the lock; returns false when another process has it. One that is held here is taken once more. */
  async take(id: string): Promise<boolean> {
    const [row] = await this.#connection.query(
      `select pg_try_advisory_lock(${this.#keysOf(id)}) as taken, pg_backend_pid() as pid`,
    );
    if (row?.['taken'] !== true) return false;
    this.#backendPid ??= row['pid'];
    return true;
  }

  /** Gives the lock back, as often as it was taken. */
  async release(id: string): Promise<void> {
    await this.#connection.query(`select pg_advisory_unlock(${this.#keysOf(id)})`);
  }

  /**
   * Returns whether the connection is still the one on which the locks were taken. When it is not, all locks are gone; one that was taken
   * since is given back.
   */
  async areHeld(): Promise<boolean> {
    try {
      const [row] = await this.#connection.query('select pg_backend_pid() as pid');
      const isSame = this.#backendPid === undefined || this.#backendPid === row?.['pid'];
      if (!isSame) await this.#connection.query('select pg_advisory_unlock_all()');
      this.#backendPid = row?.['pid'];
      return isSame;
    } catch {
      // No answer means that the locks may be gone: the caller must stop writing. The next lock is taken on another connection.
      this.#backendPid = undefined;
      return false;
    }
  }

  /**
   * Ends the connections of other processes that hold locks of this kind and have said nothing on them for so long, and returns how many
   * that were. A process that is suspended, or that the network has cut off, does not let go by itself: PostgreSQL would keep its locks for
   * hours. Every process must therefore call `areHeld` more often than that.
   */
  async endSilent(silentMs: number): Promise<number> {
    const ended = await this.#connection.query(`
      select pg_terminate_backend(holder.pid, ${TERMINATION_WAITS_MS})
      from (
        select distinct activity.pid from pg_locks locks join pg_stat_activity activity using (pid)
        where locks.locktype = 'advisory' and locks.classid = ${this.#key} and locks.objsubid = 2 and locks.granted
          and locks.database = (select oid from pg_database where datname = current_database())
          and activity.usename = current_user and activity.pid <> pg_backend_pid()
          and greatest(activity.query_start, activity.state_change)
            < clock_timestamp() - interval '${silentMs} milliseconds'
      ) holder`);
    return ended.length;
  }

  /** Ends the connection, and with it every lock. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** The two keys as SQL. The connection takes no parameters, so only an id may become part of the statement. */
  #keysOf(id: string): string {
    assert(/^[0-9a-f-]{36}$/.test(id), `a UUID was expected, was ${id}`);
    return `${this.#key}, hashtext('${id}')`;
  }
}
